import * as fs from 'node:fs';
import * as path from 'node:path';
import { ROOT } from './server.mjs';
import { numberRows } from './rows.mjs';

const model = (file) => path.join(ROOT, 'bench/models', file);

/** Models that are measured, by name: the file, and how many numbers a row has. */
export const MODELS = {
  iris: { file: model('iris_forest.pkl'), features: 4 },
  cancer: { file: model('cancer_forest.pkl'), features: 30 },
};

/** The models that grow: forests on iris of so many trees, and forests of 100 trees on so many features. */
export const TREES = [1, 10, 100, 1000].map((trees) => ({ size: trees, file: model(`trees_${trees}.joblib`) }));
export const FEATURES = [4, 30, 100, 300, 1000].map((features) => ({
  size: features,
  file: model(`features_${features}.joblib`),
}));

export const IRIS_ROW = '[5.1,3.5,1.4,0.2]';

const OCTETS = 'application/octet-stream';
const asFloat64 = (rows, features) => Buffer.from(Float64Array.from(numberRows(rows, features).flat()).buffer);

/** How rows are sent and answered, by name: the body with its media type, and the media type of the answer. */
export const BODIES = {
  json: (rows, features) => ({
    type: 'application/json',
    body: JSON.stringify({ features: numberRows(rows, features) }),
  }),
  binaryRows: (rows, features) => ({ type: OCTETS, body: asFloat64(rows, features) }),
  binary: (rows, features) => ({ type: OCTETS, accept: OCTETS, body: asFloat64(rows, features) }),
};

/** The compiled graph in the store of a server that holds one model. */
export function graphIn(dataDir) {
  const files = fs.readdirSync(dataDir, { recursive: true }).filter((file) => file.endsWith('.onnx'));
  if (files.length !== 1) throw new Error(`expected one graph in the store, found ${files.length}`);
  return path.join(dataDir, files[0]);
}
