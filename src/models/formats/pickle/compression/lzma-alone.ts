import { LzmaDecoder } from './lzma-decoder';
import { PackedInput } from './packed-input';
import { corruptPacking, PackedOutput } from './packed-output';

const SIZE_UNKNOWN = 0xffffffffffffffffn;

/**
 * The content of a `.lzma` file, which has one stream and no checksum. Source: LZMA specification, "lzma file format".
 * @throws AppError `model_corrupt` when it is broken, `import_limit` beyond `maxBytes`
 */
export function decodeLzmaAlone(packed: Uint8Array, maxBytes: number): Uint8Array {
  const input = new PackedInput(packed, 'lzma');
  const output = new PackedOutput(maxBytes, packed.length);
  const decoder = new LzmaDecoder(output);
  decoder.setProperties(input.uint8('the properties'));
  input.uint32('the dictionary size');
  const size = input.uint64('the content size');
  decoder.coder.begin(packed, input.position);
  const marked = decoder.decode(size === SIZE_UNKNOWN ? Infinity : Number(size), true);
  if (marked && size !== SIZE_UNKNOWN && BigInt(output.length) !== size) {
    throw corruptPacking(`its lzma header says it holds ${size} bytes, and it holds ${output.length}`);
  }
  const rest = packed.subarray(decoder.coder.position);
  if (!decoder.coder.isFinished || rest.some((byte) => byte !== 0)) {
    throw corruptPacking(`its lzma data should end at byte ${decoder.coder.position}, and go on`);
  }
  return output.since(0);
}
