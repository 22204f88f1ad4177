import { AppError } from '../../common/errors';
import type { StagedBag, TextStage } from '../../common/text/text-stage';
import type { BagNode, Graph, Node } from './ir';
import { liveValues, operands } from './value-types';

/** Most terms whose weights themselves go into a graph: each row is as wide as the vocabulary then. */
const MAX_DENSE_TERMS = 20_000;

export interface SplitGraph {
  /** The graph with an input for each bag; a text input that nothing else reads is gone. */
  numeric: Graph;
  /** What makes those inputs; null for a graph without bags, which is then as it was. */
  stage: TextStage | null;
}

/**
 * Parts a graph at its bags: ONNX has no tokeniser, so the deployed graph takes their numbers as inputs.
 * @throws AppError import_limit for a wide vocabulary that no table narrows, model_unsupported for text that is computed
 */
export function splitText(graph: Graph): SplitGraph {
  const live = liveValues(graph);
  const read = graph.nodes.map(() => false);
  const bags: StagedBag[] = [];
  const nodes = graph.nodes.map((node, id): Node => {
    if (node.op !== 'bag' || !live[id]) return node;
    const output = `bag_${bags.length}`;
    const { terms, table, kept } = node;
    bags.push({
      ...source(graph, node),
      terms,
      table,
      width: dense(
        node,
        graph.outputs.some(({ value }) => value === id),
      ),
      ...(kept && { kept }),
      output,
    });
    return { op: 'input', name: output, dtype: 'f64', width: node.width };
  });
  if (bags.length === 0) return { numeric: graph, stage: null };
  const alive = liveValues({ nodes, outputs: graph.outputs });
  nodes.forEach((node, id) => {
    if (alive[id]) for (const x of operands(node)) read[x] = true;
  });
  const kept = nodes.map((node, id): Node => {
    return node.op === 'input' && node.dtype === 'text' && !read[id]
      ? { op: 'constant', dtype: 'text', data: new Array<string>(node.width).fill('') }
      : node;
  });
  return { numeric: { ...graph, nodes: kept }, stage: { bags } };
}

function dense({ table, width }: BagNode, isAnswer: boolean): number {
  if (table || width <= MAX_DENSE_TERMS) return width;
  if (isAnswer) {
    throw new AppError(
      'import_limit',
      `expected at most ${MAX_DENSE_TERMS} terms in a vectorizer alone, which answers a number for each, found ${width}; ` +
        'save it with the model behind it, make_pipeline(vectorizer, model), or set max_features (or n_features)',
    );
  }
  throw new AppError(
    'import_limit',
    `expected at most ${MAX_DENSE_TERMS} terms before a model that is not linear, found ${width}; ` +
      'set max_features (or n_features), or put TruncatedSVD, a selector, a linear model or trees behind the vectorizer',
  );
}

function source(graph: Graph, { x }: BagNode): Pick<StagedBag, 'input' | 'column' | 'stride'> {
  const node = graph.nodes[x];
  const input = node?.op === 'select' ? graph.nodes[node.x] : node;
  if (input?.op !== 'input') {
    throw new AppError(
      'model_unsupported',
      'expected a vectorizer to read a text as it is sent, found one behind a step',
    );
  }
  return { input: input.name, column: node?.op === 'select' ? node.columns[0]! : 0, stride: input.width };
}
