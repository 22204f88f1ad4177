// Inputs worth changing again, and one change of one of them.
import { deflateSync } from 'node:zlib';
import { mutateBytes } from './mutate-bytes.mjs';
import { Dictionary, mutatePickle, takeApart } from './mutate-pickle.mjs';
import { mutateMessage, parseMessage, writeMessage } from './mutate-protobuf.mjs';
import { mutateTokens, tokensOf } from './mutate-text.mjs';

const MAX_KEPT = 20_000;
const MAX_INPUT_BYTES = 128 * 1024;
const MAX_CHANGES = 4;

export class Corpus {
  entries = [];
  pickles = [];
  dictionary = new Dictionary();
  kept = 0;

  /** @param offsetsOf where the instructions of a pickle start */
  constructor(random, offsetsOf) {
    this.random = random;
    this.offsetsOf = offsetsOf;
  }

  add(bytes, isSeed = false) {
    if (!isSeed && (this.kept >= MAX_KEPT || bytes.length > MAX_INPUT_BYTES)) return;
    const entry = { ...structureOf(bytes, this.offsetsOf), bytes };
    if (entry.kind === 'pickle') {
      if (isSeed) this.dictionary.learn(entry.parts);
      this.pickles.push(entry);
    }
    this.entries.push(entry);
    if (!isSeed) this.kept += 1;
  }

  /** The next input: an entry, the newest preferred, changed one to four times by what it is. */
  next() {
    const { random } = this;
    const newest = Math.min(this.entries.length, 500);
    const entry = random.chance(0.3)
      ? this.entries[this.entries.length - 1 - random.below(newest)]
      : random.pick(this.entries);
    const changes = 1 + random.below(MAX_CHANGES);
    if (random.chance(0.1)) return repeated(entry.bytes, changes, (bytes) => mutateBytes(bytes, random));
    const bytes = this.changed(entry, changes);
    return random.chance(0.01) ? deflateSync(bytes, { level: 1 }) : bytes;
  }

  changed({ kind, parts, bytes }, changes) {
    const { random } = this;
    if (kind === 'pickle') {
      const others = () => random.pick(this.pickles).parts;
      return Buffer.concat(repeated(parts, changes, (now) => mutatePickle(now, random, this.dictionary, others)));
    }
    if (kind === 'text')
      return Buffer.from(repeated(parts, changes, (now) => mutateTokens(now, random)).join(''), 'latin1');
    if (kind === 'protobuf') return writeMessage(repeated(parts, changes, (now) => mutateMessage(now, random)));
    return repeated(bytes, changes, (now) => mutateBytes(now, random));
  }
}

function structureOf(bytes, offsetsOf) {
  const head = bytes.toString('latin1', 0, 64);
  if (/^\{\s*"|^tree\r?\n/.test(head)) {
    const parts = tokensOf(bytes);
    if (parts) return { kind: 'text', parts };
  } else if (bytes[0] === 0x08) {
    const parts = parseMessage(bytes);
    if (parts) return { kind: 'protobuf', parts };
  } else if (bytes[0] === 0x80 || /^[c(]/.test(head))
    return { kind: 'pickle', parts: takeApart(bytes, offsetsOf(bytes)) };
  return { kind: 'bytes', parts: null };
}

function repeated(value, times, change) {
  let now = value;
  for (let i = 0; i < times; i++) now = change(now);
  return now;
}
