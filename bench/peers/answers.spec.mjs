/* global describe, it, expect, afterAll, beforeAll */
import { createServer } from 'node:http';
import { checkAnswers } from './answers.mjs';
import { PEERS } from './peers.mjs';

const model = {
  rows: Array.from({ length: 40 }, (_, i) => [i, i + 1]),
  prediction: Array.from({ length: 40 }, (_, i) => i % 2),
  probabilities: Array.from({ length: 40 }, (_, i) => (i % 2 ? [0.25, 0.75] : [0.75, 0.25])),
};
/** Answers like the model, but for what a test changes of it. */
let answer;
let server;
let found;

beforeAll(async () => {
  server = createServer(async (req, res) => {
    let text = '';
    for await (const chunk of req) text += chunk;
    const { features } = JSON.parse(text);
    const rows = Array.isArray(features[0]) ? features : [features];
    const parts = rows.map(([i]) => answer(i));
    const single = rows.length === 1;
    const of = (key) => (single ? parts[0][key] : parts.map((part) => part[key]));
    res.end(JSON.stringify({ prediction: of('prediction'), probabilities: of('probabilities') }));
  });
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { body, read } = PEERS['fastapi-onnx'];
  found = { url: `http://127.0.0.1:${server.address().port}/`, body, read };
});
afterAll(() => new Promise((resolve) => server.close(resolve)));

const right = (i) => ({ prediction: model.prediction[i], probabilities: model.probabilities[i] });

describe('checkAnswers', () => {
  it('takes a server that answers as the model does, alone and in a batch', async () => {
    answer = right;
    await expect(checkAnswers(found, model)).resolves.toEqual({ same: 1, largest: 0 });
  });

  it('tells how far probabilities are off, and refuses what is further off than its form explains', async () => {
    answer = (i) => ({ ...right(i), probabilities: right(i).probabilities.map((p) => p + 2 ** -20) });
    const { largest } = await checkAnswers(found, model, { within: 1e-5 });
    expect(largest).toBe(2 ** -20);
    await expect(checkAnswers(found, model)).rejects.toThrow('a probability is off by');
  });

  it('refuses other predictions, in the batch alone too', async () => {
    answer = (i) => ({ ...right(i), prediction: i > 30 ? 2 : model.prediction[i] });
    await expect(checkAnswers(found, model)).rejects.toThrow('of the predictions are the model');
    await expect(checkAnswers(found, model, { batches: false })).resolves.toMatchObject({ same: 1 });
  });
});
