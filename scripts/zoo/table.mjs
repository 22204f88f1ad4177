// Writes docs/exactness.md: how near the answers of the committed golden models are to what Python answered, family by
// family and version by version. Every figure is measured here. Needs dist/.
//
//   node scripts/zoo/table.mjs [--check]
//
// `--check` writes nothing and fails when the page says something else than what is measured. Differences are then
// compared by their order of magnitude (one more or less passes, and anything below 1e-14 is one order), for another
// processor adds in another order; models, rows and labels are compared as they are. A label that differs, a refusal or
// an answer in another form fails both.
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { familyOf } from './families.mjs';
import { goldenModels } from './golden-models.mjs';
import { exactnessPage } from './page.mjs';
import { sameFigures } from './same-figures.mjs';
import { serveModel } from './serve-model.mjs';
import { addModel, newTally } from './tally.mjs';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..', '..');
const PAGE = path.join(ROOT, 'docs', 'exactness.md');

const groups = new Map();
const refused = [];
for (const golden of goldenModels(path.join(ROOT, 'test', 'golden'))) {
  let served;
  try {
    served = await serveModel(golden);
  } catch (error) {
    refused.push(`${golden.library} ${golden.version}, ${golden.name}: ${error.message}`);
    continue;
  }
  const family = familyOf(golden.library, served.estimator);
  const key = `${family}\n${golden.version}\n${served.cancels}`;
  const group = groups.get(key) ?? newGroup(golden, family, served.cancels);
  groups.set(key, group);
  group.models += 1;
  group.classes.add(served.estimator.split('.').at(-1));
  addModel(group.evaluator, golden, served.signature, served.evaluated);
  addModel(group.onnxruntime, golden, served.signature, served.ran);
}

const found = [...groups.values()].flatMap(({ evaluator, onnxruntime }) => [evaluator, onnxruntime]);
if (refused.length > 0 || found.some(({ labelsDifferent, unlike }) => labelsDifferent > 0 || unlike.length > 0)) {
  process.stderr.write(
    'a golden model is refused, or answers otherwise than in Python; docs/exactness.md says which\n',
  );
  process.exitCode = 1;
}
const page = exactnessPage([...groups.values()], refused);
if (!process.argv.includes('--check')) writeFileSync(PAGE, page);
else {
  const differences = sameFigures(readFileSync(PAGE, 'utf8'), page);
  if (differences.length > 0) {
    process.stderr.write(
      `docs/exactness.md is not what is measured; run: npm run exactness\n${differences.join('\n')}\n`,
    );
    process.exitCode = 1;
  }
}

function newGroup({ library, version }, family, cancels) {
  return {
    library,
    family,
    version,
    cancels,
    models: 0,
    classes: new Set(),
    evaluator: newTally(),
    onnxruntime: newTally(),
  };
}
