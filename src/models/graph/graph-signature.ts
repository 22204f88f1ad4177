import type { OutputSpec, Signature } from '../../common/signature';
import type { Graph, GraphOutput } from './ir';
import { outputType } from './output-type';
import { valueTypes } from './value-types';
import type { ValueType } from './value-types';

/**
 * The signature of a graph: numeric inputs are FP64, text is BYTES; labels are INT64, FP64, BOOL or BYTES by their classes.
 */
export function graphSignature(graph: Graph): Signature {
  const types = valueTypes(graph.nodes);
  const label = graph.outputs.find((output) => output.role === 'label' && output.classes);
  return {
    task: graph.task,
    inputs: graph.nodes.flatMap((node) =>
      node.op === 'input'
        ? [
            {
              name: node.name,
              datatype: node.dtype === 'text' ? ('BYTES' as const) : ('FP64' as const),
              shape: [-1, node.width],
            },
          ]
        : [],
    ),
    outputs: graph.outputs.map((output) => outputSpec(output, types[output.value]!)),
    features: graph.features,
    ...(label?.classes && { classes: label.classes }),
  };
}

function outputSpec(output: GraphOutput, { dtype, width }: ValueType): OutputSpec {
  return {
    name: output.name,
    datatype: outputType(output, dtype),
    shape: output.squeeze && width === 1 ? [-1] : [-1, width],
    role: output.role,
    ...(output.classes && { classes: output.classes }),
  };
}
