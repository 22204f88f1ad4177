import type { ErrorCode } from '../../common/errors';

const MAX_LENGTH = 300;

/** Where a C++ source place stands, as in "/onnxruntime_src/onnxruntime/core/graph/model.cc:177 ". */
const SOURCE_PLACE = /[^\s:]+\.(?:cc|cpp|h|hpp):\d+ /;

/**
 * onnxruntime's words without what clients must not see or cannot use: paths of this machine, its C++ source places
 * and signatures, status prefixes.
 */
export function cleanRuntimeMessage(message: string): string {
  const cleaned = withoutSources(message)
    .replace(/\[ONNXRuntimeError\] : \d+ : [A-Z_]+ : /g, '')
    .replace(/Load model (?:from )?\S+ failed[:.]\s*/g, '')
    .replace(/(?:[A-Za-z]:)?(?:[\\/][\w.@+~-]+){2,}/g, '(path)')
    .replace(/[\s\p{Cc}]+/gu, ' ')
    .trim();
  return cleaned.length > MAX_LENGTH ? `${cleaned.slice(0, MAX_LENGTH)}...` : cleaned;
}

/** A source place is followed by the function: a name, or a signature with brackets in brackets and its templates. */
function withoutSources(message: string): string {
  let text = message;
  for (let place = SOURCE_PLACE.exec(text); place; place = SOURCE_PLACE.exec(text)) {
    const start = place.index + place[0].length;
    const name = /^[\w:~<>, *&]*?(?=\()|^\w+ /.exec(text.slice(start))?.[0] ?? '';
    let end = start + name.length;
    if (text[end] === '(') end = closing(text, end);
    end += /^(?: const| noexcept|::<lambda\([^)]*\)>)* ?/.exec(text.slice(end))![0].length;
    if (text.startsWith('[with ', end)) end = closing(text, end);
    // A load failure ends in a colon before the place: "failed:/path.cc:177 f() text" keeps its space.
    text = `${text.slice(0, place.index)} ${text.slice(end)}`;
  }
  return text;
}

/** The place after the bracket that closes the one at `open`, or the end. */
function closing(text: string, open: number): number {
  let depth = 0;
  for (let i = open; i < text.length; i++) {
    if ('([{'.includes(text[i]!)) depth++;
    else if (')]}'.includes(text[i]!) && --depth === 0) return i + 1;
  }
  return text.length;
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
