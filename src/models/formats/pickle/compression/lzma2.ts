import type { LzmaDecoder } from './lzma-decoder';
import type { PackedInput } from './packed-input';
import { corruptPacking, type PackedOutput } from './packed-output';

const STORED_WITH_NEW_DICTIONARY = 1;
const STORED = 2;
const NEW_STATE = 0xa0;
const NEW_PROPERTIES = 0xc0;
const NEW_DICTIONARY = 0xe0;

/**
 * Decodes LZMA2 up to its end: chunks that are LZMA or stored, each saying what it begins anew. Source: `lzma2_decoder.c`
 * of liblzma 5.4 for the rules, "LZMA2" of the xz documentation for the bytes.
 * @throws AppError `model_corrupt` when it is broken, `import_limit` beyond the bound of the output
 */
export function decodeLzma2(input: PackedInput, decoder: LzmaDecoder, output: PackedOutput): void {
  let needsDictionary = true;
  let needsProperties = true;
  for (let control = input.uint8('a chunk'); control !== 0; control = input.uint8('a chunk')) {
    if (control > STORED && control < 0x80) throw corruptPacking(`an lzma2 chunk is of kind ${control}, which is none`);
    if (control === STORED_WITH_NEW_DICTIONARY || control >= NEW_DICTIONARY) {
      decoder.resetDictionary();
      needsDictionary = false;
      needsProperties = true;
    }
    if (needsDictionary) throw corruptPacking('its lzma2 data begin with a chunk that needs one before it');
    if (control <= STORED) {
      const size = uint16(input) + 1;
      output.append(input.take(size, 'a chunk'), 0, size);
      continue;
    }
    if (control >= NEW_PROPERTIES) needsProperties = false;
    if (needsProperties) throw corruptPacking('an lzma2 chunk needs properties that are not given');
    decodeLzmaChunk(control, input, decoder, output);
  }
}

function decodeLzmaChunk(control: number, input: PackedInput, decoder: LzmaDecoder, output: PackedOutput): void {
  const size = ((control & 0x1f) << 16) + uint16(input) + 1;
  const packedSize = uint16(input) + 1;
  if (control >= NEW_PROPERTIES) decoder.setProperties(input.uint8('the properties'));
  else if (control >= NEW_STATE) decoder.resetState();
  const chunk = input.take(packedSize, 'a chunk');
  decoder.coder.begin(chunk, 0);
  const marked = decoder.decode(output.length + size, false);
  if (marked || !decoder.coder.isFinished || decoder.coder.position !== packedSize) {
    throw corruptPacking(`an lzma2 chunk of ${packedSize} bytes has its end at byte ${decoder.coder.position}`);
  }
}

/** The highest byte first, as only LZMA2's chunks have it. */
function uint16(input: PackedInput): number {
  return (input.uint8('a chunk') << 8) | input.uint8('a chunk');
}
