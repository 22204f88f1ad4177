const SINGLES = 20;

/**
 * Asks for rows one at a time and for all of them at once, and compares with what scikit-learn itself answered.
 * @param within how far probabilities may be off
 * @returns the share of rows with the same prediction and the largest difference of a probability (null where the
 * server answers none)
 * @throws Error when a single row is answered differently than the same row in the batch is allowed to be
 */
export async function checkAnswers(server, model, { within = 1e-9, batches = true } = {}) {
  const seen = { same: 0, rows: 0, largest: null };
  for (let i = 0; i < SINGLES; i++) await compare([i]);
  if (batches) await compare(model.rows.map((_, i) => i));
  const share = seen.same / seen.rows;
  if (share < 0.998) throw new Error(`${server.url}: only ${share} of the predictions are the model's`);
  if (seen.largest !== null && !(seen.largest <= within)) {
    throw new Error(`${server.url}: a probability is off by ${seen.largest}`);
  }
  return { same: share, largest: seen.largest };

  async function compare(indices) {
    const { prediction, probabilities } = await ask(
      server,
      indices.map((i) => model.rows[i]),
    );
    if (prediction.length !== indices.length) throw new Error(`${server.url}: ${prediction.length} predictions`);
    indices.forEach((row, i) => {
      seen.rows++;
      if (Number(prediction[i]) === model.prediction[row]) seen.same++;
      model.probabilities[row].forEach((expected, k) => {
        if (!probabilities) return;
        const difference = Math.abs(probabilities[i][k] - expected);
        seen.largest = Number.isNaN(difference) ? NaN : Math.max(seen.largest ?? 0, difference);
      });
    });
  }
}

async function ask(server, rows) {
  const headers = { 'content-type': 'application/json' };
  const response = await fetch(server.url, { method: 'POST', headers, body: server.body(rows) });
  const text = await response.text();
  if (!response.ok) throw new Error(`${server.url}: ${response.status} ${text.slice(0, 500)}`);
  return server.read(JSON.parse(text));
}
