import type { ClassLabel } from '../../../common/signature';
import type { ValueId } from '../../graph/ir';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { transpose } from './linear-algebra';
import { hintPoints } from './points';
import type { Points } from './points';
import type { Translation, TranslationContext } from './translation';

/** Distances to so many centres at most are answered as columns. */
const MAX_DISTANCE_COLUMNS = 256;

/** Centres that an estimator keeps, as wide as the frame. @throws AppError model_corrupt for any others */
export function centresOf(estimator: Estimator, attribute: string, frame: Frame): Points {
  const { data, rows, columns } = estimator.matrix(attribute);
  if (columns !== frame.width) estimator.wrong(attribute, `rows of ${frame.width} columns`, estimator.get(attribute));
  return { data, rows, columns };
}

/**
 * Row of the nearest centre, i64 [N, 1], the first of equally near ones: the greatest `2 x.c - |c|^2`, as
 * scikit-learn's own inner loops have it (sklearn/cluster/_k_means_common.pyx, sklearn/metrics/_pairwise_distances_reduction).
 */
export function nearestCentre(x: ValueId, { data, rows, columns }: Points, { graph }: TranslationContext): ValueId {
  const twice = data.map((value) => 2 * value);
  const squares = Array.from({ length: rows }, (_, row) =>
    data.subarray(row * columns, (row + 1) * columns).reduce((sum, value) => sum + value * value, 0),
  );
  const products = graph.matmul(x, transpose(twice, rows, columns), rows);
  return graph.argmax(graph.binary('sub', products, graph.row(squares)));
}

/** Euclidean distances to each centre, [N, 1] each. */
function centreDistances(x: ValueId, { data, rows, columns }: Points, { graph }: TranslationContext): ValueId[] {
  return Array.from({ length: rows }, (_, row) => {
    const difference = graph.binary('sub', x, graph.row(data.subarray(row * columns, (row + 1) * columns)));
    return graph.unary('sqrt', graph.reduce('sum', graph.binary('mul', difference, difference)));
  });
}

/** A clustering whose label is `labels[nearest centre]`, and whose `transform` is the distances to all centres. */
export function clustering(
  frame: Frame,
  centres: Points,
  context: TranslationContext,
  { labels, distances }: { labels?: ArrayLike<number>; distances: boolean },
): Translation {
  hintPoints(frame, centres);
  const x = frame.numbers();
  const nearest = nearestCentre(x, centres, context);
  const result: Translation = { task: 'clustering', targets: [labelled(nearest, centres.rows, labels, context)] };
  if (!distances || centres.rows > MAX_DISTANCE_COLUMNS) return result;
  return { ...result, frame: frame.of(...centreDistances(x, centres, context)) };
}

function labelled(
  nearest: ValueId,
  count: number,
  labels: ArrayLike<number> | undefined,
  { graph }: TranslationContext,
): { classes: ClassLabel[]; index: ValueId } {
  if (!labels) return { classes: Array.from({ length: count }, (_, row) => row), index: nearest };
  const classes = [...new Set(Array.from(labels))].sort((a, b) => a - b);
  const places = Float64Array.from(labels, (label) => classes.indexOf(label));
  const keys = Float64Array.from({ length: count }, (_, row) => row);
  return { classes, index: graph.cast(graph.lookup(graph.cast(nearest, 'f64'), keys, places, 0), 'i64') };
}
