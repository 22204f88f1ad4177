// Mutations of a pickle as the list of its instructions: numbers, texts, arrays, and pieces of other pickles.
import { mutateBytes, mutateElements } from './mutate-bytes.mjs';

const LENGTH_BYTES = { U: 1, T: 4, C: 1, B: 4, X: 4, '\x8c': 1, '\x8d': 8, '\x8e': 8, '\x96': 8, '\x8a': 1, '\x8b': 4 };
const BUILD = 'b';
const TEXT_CODES = 'X\x8cUT';
const MAX_TEXTS = 20_000;

/**
 * The instructions of a pickle as views of the file, with the array that joblib writes behind one as part of it; what
 * the reader does not come to is one piece. `offsets` are where the reader found them to start.
 */
export function takeApart(bytes, offsets) {
  const parts = [];
  let from = 0;
  for (const offset of offsets) {
    if (offset <= from || offset >= bytes.length) continue;
    parts.push(bytes.subarray(from, offset));
    from = offset;
  }
  parts.push(bytes.subarray(from));
  return parts;
}

/** Short texts of the seeds: names of parameters, classes and modules. */
export class Dictionary {
  texts = [];
  known = new Set();

  learn(parts) {
    for (const part of parts) {
      const text = textOf(part);
      if (text === null || text.length > 80 || this.known.has(text) || this.texts.length >= MAX_TEXTS) continue;
      this.known.add(text);
      this.texts.push(text);
    }
  }
}

function textOf(part) {
  const code = String.fromCharCode(part[0]);
  return TEXT_CODES.includes(code) ? part.toString('latin1', 1 + LENGTH_BYTES[code]) : null;
}

function textPart(latin1) {
  const text = Buffer.from(latin1, 'latin1');
  const head = Buffer.from('X\0\0\0\0', 'latin1');
  head.writeUInt32LE(text.length, 1);
  return Buffer.concat([head, text]);
}

function numberPart(random) {
  const part = random.chance(0.5) ? Buffer.from('J\0\0\0\0', 'latin1') : Buffer.from('G\0\0\0\0\0\0\0\0', 'latin1');
  if (part[0] === 0x4a) part.writeInt32LE(random.integer() | 0, 1);
  else part.writeDoubleBE(random.number(), 1);
  return part;
}

/** One change of the instructions. `others` gives those of another pickle. */
export function mutatePickle(source, random, dictionary, others) {
  const parts = [...source];
  const at = random.below(parts.length);
  switch (random.below(14)) {
    case 0:
      parts.splice(at, 1 + random.below(4));
      break;
    case 1:
      parts.splice(at, 0, ...parts.slice(at, at + 1 + random.below(8)));
      break;
    case 2: {
      const to = random.below(parts.length);
      [parts[at], parts[to]] = [parts[to], parts[at]];
      break;
    }
    case 3: {
      const donor = others();
      const from = random.below(donor.length);
      parts.splice(at, random.below(4), ...donor.slice(from, from + 1 + random.below(random.chance(0.2) ? 200 : 8)));
      break;
    }
    case 4:
      parts[at] = numberPart(random);
      break;
    default:
      changeArgument(parts, at, random, dictionary);
  }
  return parts.filter((part) => part !== undefined);
}

/** Changes what an instruction at or after `at` carries: a text, a number, the bytes of an array. */
function changeArgument(parts, at, random, dictionary) {
  for (let tried = 0; tried < parts.length; tried++) {
    const place = (at + tried) % parts.length;
    const part = parts[place];
    const code = String.fromCharCode(part[0]);
    if (TEXT_CODES.includes(code)) {
      parts[place] =
        random.chance(0.9) && dictionary.texts.length > 0
          ? textPart(random.pick(dictionary.texts))
          : textPart(mutateBytes(Buffer.from(textOf(part), 'latin1'), random).toString('latin1'));
    } else if (LENGTH_BYTES[code] !== undefined || (code === BUILD && part.length > 1)) {
      const head = 1 + (LENGTH_BYTES[code] ?? 0);
      parts[place] = Buffer.concat([part.subarray(0, head), mutateElements(part.subarray(head), random)]);
    } else if ('JKMGIFL'.includes(code)) parts[place] = numberPart(random);
    else if (code === '\x88' || code === '\x89' || code === 'N')
      parts[place] = Buffer.from(random.pick(['\x88', '\x89', 'N', ']', '}', ')']), 'latin1');
    else if ('hjqr'.includes(code)) {
      parts[place] = Buffer.from(part);
      parts[place][1] = random.chance(0.7) ? part[1] + random.below(5) - 2 : random.below(256);
    } else continue;
    return;
  }
}
