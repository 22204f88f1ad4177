// Writes what is generated from the code: docs/errors.md from the error table, docs/models.md from the table of
// translators, swagger.yaml from the running
// application's own document. `--check` writes nothing and fails when a file differs. Needs dist/.
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const require = createRequire(import.meta.url);

function errorsPage() {
  const { ERRORS } = require('../dist/common/errors.js');
  const rows = Object.entries(ERRORS).map(([code, { status, meaning }]) => `| ${status} | \`${code}\` | ${meaning} |`);
  return `# Errors

Every error, on every listener, is JSON: \`error\` says what was expected and what was found, \`code\` is one of the table, \`details\` names the fields where there are any, and \`request_id\` is the id in the log and in the header \`x-request-id\`. This page is generated from the table in \`src/common/errors.ts\`.

| status | code | meaning |
| --- | --- | --- |
${rows.join('\n')}
`;
}

function modelsPage() {
  const { supportedCompanions, supportedEstimators } = require('../dist/models/formats/sklearn/find-translator.js');
  const rows = supportedEstimators().map((name) => `- \`${name}\``);
  const classesOf = (library) =>
    supportedCompanions()
      .get(library)
      .map((name) => `- \`${name}\``);
  return `# Estimators of scikit-learn that are served

Fitted by scikit-learn 0.24 to 1.9, pickled with protocol 0 to 5 or by joblib. What 0.18 to 0.23 fitted is served with a warning where the formulas of that version are known, and refused with the version to fit it by where they are not. Any other is refused by name, with what is near it and how to export it to ONNX. XGBoost and LightGBM are in [boosting.md](boosting.md). This page is generated from the table of translators.

${rows.join('\n')}

## Beside scikit-learn

Classes of other libraries that stand in its pipelines, alone or inside Pipeline, ColumnTransformer, searches and ensembles. Other classes of them are refused by name.

category_encoders 2.2 to 2.11, pickled with pandas 1.1 to 3; null is its missing value, and columns that are not encoded are handed on:

${classesOf('category_encoders').join('\n')}

imbalanced-learn 0.8 to 0.14; a sampler in its Pipeline does something while it is fitted only, and nothing to what is predicted:

- \`Pipeline\`
${classesOf('imblearn').join('\n')}

mlxtend 0.21 to 0.25, over estimators that are served:

${classesOf('mlxtend').join('\n')}

SelectFromModel chooses by the importances of XGBoost 1.3 and newer (\`gbtree\`, \`dart\`) and of LightGBM as well, which are computed from the trees in the file.
`;
}

async function openApi() {
  const { ModelportServer } = require('../dist/modelport-server.js');
  const { AppConfig } = require('../dist/common/config.js');
  const { toYaml } = require('../dist/api-docs/docs-handler.js');
  const dataDir = mkdtempSync(path.join(tmpdir(), 'modelport-docs-'));
  try {
    const server = await ModelportServer.create(new AppConfig({ DATA_DIR: dataDir, LOG_LEVEL: 'silent' }));
    const text = toYaml(server.document);
    await server.stop();
    return text;
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

const check = process.argv.includes('--check');
for (const [file, text] of [
  ['docs/errors.md', errorsPage()],
  ['docs/models.md', modelsPage()],
  ['swagger.yaml', await openApi()],
]) {
  const target = path.join(ROOT, file);
  if (!check) {
    writeFileSync(target, text);
    continue;
  }
  let found = '';
  try {
    found = readFileSync(target, 'utf8');
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
  if (found !== text) {
    process.stderr.write(`${file} is not what the code says; run: npm run docs\n`);
    process.exitCode = 1;
  }
}
