// The golden models that are committed under test/golden: what was asked, and what Python answered.
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { inflateSync } from 'node:zlib';

/** A library by its folder; those beside scikit-learn, which stand in its pipelines, are in a folder of their own. */
const LIBRARIES = [
  ...['sklearn', 'xgboost', 'lightgbm'],
  ...['category_encoders', 'imbalanced_learn', 'mlxtend', 'xgboost', 'lightgbm'].map((name) => `companions/${name}`),
];

/**
 * Every case of every version, oldest version first. `label` is an array; `value`, `transform` and each of
 * `probabilities` are `{ shape, data }`; what a model does not answer is undefined.
 */
export function* goldenModels(folder) {
  for (const library of LIBRARIES) {
    const hasRows = library === 'sklearn' || library.startsWith('companions/');
    const shared = hasRows ? readJson(path.join(folder, library, 'rows.json')) : {};
    for (const version of versions(path.join(folder, library))) {
      const { cases } = readJson(path.join(folder, library, version, 'expected.json'));
      for (const [name, stored] of Object.entries(cases)) {
        yield {
          library,
          version,
          name,
          path: path.join(folder, library, version, stored.file ?? `${name}.pkl`),
          rows: rowsOf(stored, shared),
          label: stored.label?.flat(),
          value: stored.value && doubles(stored.value),
          transform: stored.transform && doubles(stored.transform),
          probabilities: stored.probabilities?.map(doubles),
        };
      }
    }
  }
}

function versions(folder) {
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map((entry) => entry.name)
    .sort((a, b) => a.localeCompare(b, 'en', { numeric: true }));
}

/** Rows are given in the case, or under a name that all versions share, of which a case may take some columns. */
function rowsOf({ rows, columns }, shared) {
  const all = typeof rows === 'string' ? shared[rows] : rows;
  return columns ? all.map((row) => columns.map((column) => row[column])) : all;
}

/** Little-endian bytes in base64, deflated where that is shorter. */
function doubles({ shape, base64, deflated }) {
  const bytes = deflated ? inflateSync(Buffer.from(deflated, 'base64')) : Buffer.from(base64, 'base64');
  return { shape, data: new Float64Array(new Uint8Array(bytes).buffer) };
}

function readJson(file) {
  return JSON.parse(readFileSync(file, 'utf8'));
}
