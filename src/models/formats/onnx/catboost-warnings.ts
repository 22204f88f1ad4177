import type { ModelProto } from './model-proto';

/** What CatBoost's export leaves out of the answer, by loss function (watched with CatBoost 1.2.10). */
const LEFT_OUT: Readonly<Record<string, string>> = {
  MultiClassOneVsAll: 'the softmax of the scores for probabilities, where its predict_proba has their sigmoids',
  Poisson: 'the logarithm of what its predict answers',
  Tweedie: 'the logarithm of what its predict answers',
};

/** Where a file that CatBoost exported answers otherwise than CatBoost itself; the loss function is in its metadata. */
export function catboostWarnings({ producerName, metadata }: ModelProto): string[] {
  if (producerName !== 'CatBoost') return [];
  const loss = /"loss_function":\{"type":"(\w{1,60})"/.exec(metadata.get('params') ?? '')?.[1] ?? '';
  return Object.hasOwn(LEFT_OUT, loss) ? [`CatBoost's ONNX export of the loss ${loss} answers ${LEFT_OUT[loss]}`] : [];
}
