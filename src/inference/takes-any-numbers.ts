import type { Signature } from '../common/signature';

/**
 * Whether every row of finite numbers is an input of the model, so that a run that fails is the model's fault. Texts,
 * codes, and tensors whose sizes are the client's to choose may be none that an uploaded graph can do anything with.
 */
export function takesAnyNumbers({ features, inputs }: Signature): boolean {
  if (!features) return false;
  return features.every(({ kind, input }) => kind === 'number' && /^FP/.test(inputs[input]?.datatype ?? ''));
}
