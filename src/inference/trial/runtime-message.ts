import type { ErrorCode } from '../../common/errors';

const MAX_LENGTH = 300;

/**
 * onnxruntime's words without what clients must not see or cannot use: paths of this machine, its C++ source places
 * and signatures, status prefixes.
 */
export function cleanRuntimeMessage(message: string): string {
  const cleaned = message
    .replace(/\[ONNXRuntimeError\] : \d+ : [A-Z_]+ : /g, '')
    .replace(/Load model (?:from )?\S+ failed[:.]\s*/g, '')
    // "/onnxruntime_src/.../model.cc:177 onnxruntime::Model::Model(args...) text"
    .replace(/\S+\.(?:cc|h|cpp|hpp):\d+ (?:[\w:~<> ]+\([^)]*\)(?: const)? ?(?:\[[^\]]*\] ?)?)?/g, '')
    .replace(/(?:[A-Za-z]:)?(?:[\\/][\w.@+~-]+){2,}/g, '(path)')
    .replace(/\s+/g, ' ')
    .trim();
  return cleaned.length > MAX_LENGTH ? `${cleaned.slice(0, MAX_LENGTH)}...` : cleaned;
}

/** Whose fault a refusal of onnxruntime is, by its words: it has no other codes in Node. */
export function codeOfRuntimeMessage(message: string): ErrorCode {
  if (/bad_alloc|failed to allocate|out of memory|has \d+ values/i.test(message)) return 'import_limit';
  if (
    /not implemented|could not find an implementation|no op registered|not a registered|unsupported|opset/i.test(
      message,
    )
  ) {
    return 'model_unsupported';
  }
  return /protobuf|invalid[_ ]graph|not a valid|type error|shape ?inference|mismatch|invalid/i.test(message)
    ? 'model_corrupt'
    : 'model_unsupported';
}
