import { AppError } from '../../../common/errors';
import type { Estimator } from './estimator';
import type { Frame } from './frame';
import { transpose } from './matrices';
import type { Translation, TranslationContext, Translator } from './translation';

const MAX_DISTANCE_COLUMNS = 256;

/**
 * The nearest centre, by `|c|^2 - 2 x.c` as scikit-learn's own inner loop has it, and the distances to all
 * (sklearn/cluster/_kmeans.py).
 */
function translateKMeans(estimator: Estimator, frame: Frame, context: TranslationContext): Translation {
  const { graph } = context;
  const { data, rows, columns } = estimator.matrix('cluster_centers_');
  if (columns !== frame.width)
    throw new AppError(
      'model_corrupt',
      `expected centres of ${frame.width} columns in ${estimator.name}, found ${columns}`,
    );
  const centre = (row: number): Float64Array => data.subarray(row * columns, (row + 1) * columns);
  const squares = Array.from({ length: rows }, (_, row) => centre(row).reduce((sum, value) => sum + value * value, 0));
  const x = frame.numbers();
  const products = graph.matmul(
    x,
    transpose(
      data.map((value) => 2 * value),
      rows,
      columns,
    ),
    rows,
  );
  const index = graph.argmax(graph.binary('sub', products, graph.row(squares)));
  for (let column = 0; column < columns; column++)
    frame.hint(
      column,
      Array.from({ length: Math.min(rows, 16) }, (_, row) => data[row * columns + column]!),
    );
  const result: Translation = {
    task: 'clustering',
    targets: [{ classes: Array.from({ length: rows }, (_, row) => row), index }],
  };
  if (rows > MAX_DISTANCE_COLUMNS) return result;
  const distances = Array.from({ length: rows }, (_, row) => {
    const difference = graph.binary('sub', x, graph.row(centre(row)));
    return graph.unary('sqrt', graph.reduce('sum', graph.binary('mul', difference, difference)));
  });
  return { ...result, frame: frame.of(...distances) };
}

/** sklearn/cluster/_kmeans.py */
export const CLUSTER_TRANSLATORS: Record<string, Translator> = {
  KMeans: translateKMeans,
  MiniBatchKMeans: translateKMeans,
};
