import type { ClassLabel, OutputSpec, Signature } from '../common/signature';

/** What a model answers for one row, by its outputs, as an example: a class that it knows, numbers of the right count. */
export interface ExampleAnswer {
  prediction: unknown;
  probabilities?: unknown;
}

/** An example of what `/infer` answers for one row of a model with this signature. */
export function exampleAnswer(signature: Signature): ExampleAnswer {
  const answers = signature.outputs.filter(({ role }) => role === 'label' || role === 'value' || role === 'transform');
  const scores = signature.outputs.filter(({ role }) => role === 'probabilities').map(exampleScores);
  const predictions = answers.map((output) => exampleValue(output, classesOf(signature, output)));
  const [only = classesOf(signature, scores.length > 0 ? signature.outputs[0] : undefined)?.[0] ?? 0.5] = predictions;
  return {
    prediction: predictions.length > 1 ? predictions : only,
    ...(scores.length > 0 && { probabilities: scores.length > 1 ? scores : scores[0] }),
  };
}

function classesOf(signature: Signature, output: OutputSpec | undefined): readonly ClassLabel[] | undefined {
  return signature.labels ?? output?.classes ?? signature.classes;
}

function exampleValue({ role, shape }: OutputSpec, classes: readonly ClassLabel[] | undefined): unknown {
  const value = role === 'label' ? (classes?.[0] ?? 0) : 0.5;
  const width = shape[1] ?? 1;
  return width > 1 || role === 'transform' ? new Array<unknown>(Math.max(width, 1)).fill(value) : value;
}

/** The first class is the likely one; the numbers add up to 1. */
function exampleScores({ shape, classes }: OutputSpec): number[] {
  const count = Math.max(classes?.length ?? shape.at(-1) ?? 1, 1);
  return Array.from({ length: count }, (_, i) => (i === 0 ? 1 : 0));
}
