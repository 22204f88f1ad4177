// The process that runs inputs: whatever they do to it, the one that started it is still there to tell.
import { closeSync, openSync, writeSync, ftruncateSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';
import { Corpus } from './corpus.mjs';
import { coverage, instrument, takeNews } from './coverage.mjs';
import { Random } from './random.mjs';
import { readSeeds } from './seeds.mjs';

const INSTRUMENTED = /\/dist\/(?:models|common\/text)\//;
const SLOW_MS = 2000;
const REPORT_EVERY = 500;
const MAX_SENTENCE = 1500;

process.once('message', ({ root, seed, inputs, currentPath }) => {
  instrument((file) => INSTRUMENTED.test(file));
  const require = createRequire(import.meta.url);
  const { importModel } = require(path.join(root, 'dist/models/import-model.js'));
  const { outOfMemory } = require(path.join(root, 'dist/models/out-of-memory.js'));
  const { AppError } = require(path.join(root, 'dist/common/errors.js'));
  const offsetsOf = instructionOffsets(require, root);
  const judge = (bytes) => outcomeOf(bytes, { importModel, outOfMemory, AppError });
  fuzz({ root, seed, inputs, currentPath, judge, offsetsOf }).then(
    () => process.disconnect(),
    (error) => process.send({ type: 'broken', message: error.stack }, () => process.disconnect()),
  );
});

async function fuzz({ root, seed, inputs, currentPath, judge, offsetsOf }) {
  const random = new Random(seed);
  const corpus = new Corpus(random, offsetsOf);
  const current = openSync(currentPath, 'w');
  for (const { name, bytes } of await readSeeds(root)) {
    store(current, bytes);
    const outcome = judge(bytes);
    takeNews();
    if (outcome.find) process.send({ type: 'find', ...outcome, name });
    corpus.add(bytes, true);
  }
  process.send({ type: 'started', seeds: corpus.entries.length });
  // Not before: what memory the seeds take would be told of the first input.
  const tally = new Tally();
  for (let at = 0; at < inputs; at++) {
    const bytes = corpus.next();
    store(current, bytes);
    const outcome = judge(bytes);
    tally.count(outcome, bytes);
    if (outcome.find) process.send({ type: 'find', ...outcome, bytes: bytes.toString('base64') });
    if (takeNews()) corpus.add(bytes);
    if (at % REPORT_EVERY === REPORT_EVERY - 1) await report({ at: at + 1, tally, corpus });
  }
  await report({ at: inputs, tally, corpus, last: true });
  closeSync(current);
}

/** Where the reader finds the instructions of a pickle: it pays for each one from its budget. */
function instructionOffsets(require, root) {
  const { Budget } = require(path.join(root, 'dist/models/formats/pickle/limits.js'));
  const { readPickle } = require(path.join(root, 'dist/models/formats/pickle/read-pickle.js'));
  const spend = Budget.prototype.spendOperations;
  return (bytes) => {
    const offsets = [];
    Budget.prototype.spendOperations = function (count, offset) {
      offsets.push(offset);
      return spend.call(this, count, offset);
    };
    try {
      readPickle(bytes);
    } catch {
      // A refused file is taken apart as far as it was read.
    } finally {
      Budget.prototype.spendOperations = spend;
    }
    return offsets;
  };
}

/** So that an input which ends the process is known afterwards. */
function store(file, bytes) {
  ftruncateSync(file);
  writeSync(file, bytes, 0, bytes.length, 0);
}

function report({ at, tally, corpus, last = false }) {
  const message = { type: 'progress', at, ...tally.take(), kept: corpus.kept, ...coverage(), last };
  return new Promise((resolve) => process.send(message, resolve));
}

/** What became of an input: a refusal with its code, `accepted`, or a find. */
function outcomeOf(bytes, { importModel, outOfMemory, AppError }) {
  const before = process.cpuUsage();
  const find = {};
  let code;
  try {
    const { onnx, parity } = importModel(bytes);
    code = 'accepted';
    if (
      onnx.length === 0 ||
      parity?.expected.outputs.some(({ shape, data }) => data.length !== shape.reduce((a, b) => a * b, 1))
    ) {
      find.find = 'an accepted model without a graph or with answers of another size than they say';
    }
  } catch (thrown) {
    const error = outOfMemory(thrown);
    code = error instanceof AppError ? error.code : 'thrown';
    if (code === 'thrown') find.find = placeOf(error);
    else if (error.message.length > MAX_SENTENCE) find.find = `a refusal of ${error.message.length} characters`;
  }
  const { user, system } = process.cpuUsage(before);
  const cpuMs = (user + system) / 1000;
  if (cpuMs > SLOW_MS) find.find ??= `${code} after more than ${SLOW_MS} ms of processor time`;
  return { code, cpuMs, ...find };
}

/** The error without what differs from input to input, so that one cause is one find. */
function placeOf(error) {
  const frames = String(error?.stack ?? error).split('\n');
  const places = frames.filter((line) => /^\s+at /.test(line)).slice(0, 3);
  const words = frames[0].replace(/\d+/g, 'N').slice(0, 200);
  return [
    words,
    ...places.map((place) =>
      place
        .trim()
        .replace(/\(?\/.*\/dist\//, '')
        .replace(/:\d+:\d+\)?$/, ''),
    ),
  ].join(' | ');
}

class Tally {
  codes = {};
  slowest = { cpuMs: 0, bytes: null };
  grown = { kilobytes: 0, bytes: null };
  highestKilobytes = process.resourceUsage().maxRSS;

  count({ code, cpuMs }, bytes) {
    this.codes[code] = (this.codes[code] ?? 0) + 1;
    if (cpuMs > this.slowest.cpuMs) this.slowest = { cpuMs, bytes: bytes.toString('base64') };
    const { maxRSS } = process.resourceUsage();
    const growth = maxRSS - this.highestKilobytes;
    if (growth > this.grown.kilobytes) this.grown = { kilobytes: growth, bytes: bytes.toString('base64') };
    this.highestKilobytes = maxRSS;
  }

  take() {
    const { codes, slowest, grown, highestKilobytes } = this;
    this.codes = {};
    return { codes, slowest, grown, highestKilobytes };
  }
}
