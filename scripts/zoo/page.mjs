// The text of docs/exactness.md.
import { merge, newTally } from './tally.mjs';

const LIBRARY = {
  sklearn: 'scikit-learn',
  xgboost: 'XGBoost',
  lightgbm: 'LightGBM',
  'companions/category_encoders': 'category_encoders',
  'companions/imbalanced_learn': 'imbalanced-learn',
  'companions/mlxtend': 'mlxtend',
  'companions/xgboost': 'columns chosen by XGBoost',
  'companions/lightgbm': 'columns chosen by LightGBM',
};

/** The page for groups of models, one a family and version, and a list of refusals. */
export function exactnessPage(groups, refused) {
  const [kept, cancelling] = [false, true].map((cancels) => groups.filter((group) => group.cancels === cancels));
  return `# How exact the answers are

The golden models under \`test/golden\` were fitted and pickled by the versions of the libraries that are named here, and asked in Python for the rows that are stored beside them. This page is what the server's two back ends answer to the same rows: the evaluator, which proves each upload, and onnxruntime with the graph that is served. \`npm run exactness\` measures it anew and writes it; no figure of a table is written by hand. \`npm run exactness -- --check\` compares only, differences by their order of magnitude, for another processor adds in another order.

A model that was pickled inside a pipeline or a search counts for the estimator that answers. Probabilities differ absolutely. Values (regressions, what a transformer gives) differ relative to the expected number, or to a thousandth of the greatest of its column where the number is less than that; in a column that is all below a million millionth of the model's greatest answer, which is rounding, to a thousandth of that answer. A dash: none of these models answers such a number. XGBoost answers in float32, so a difference in the last place of a float32 is what its own rounding leaves.

## Versions

${table(['library', 'version', ...COLUMNS], summaries(kept))}

## Families

${table(['family', 'version', ...COLUMNS], byFamily(kept).map(familyRow))}

## Terms that cancel

Some models add terms that are far larger than what is left of them: a Gaussian process that was told of no noise, over points that lie close together, adds terms of 1e11 and more to a value of 100. A double has sixteen digits, so five are left, in Python too: scikit-learn's own answers to the rows below differ in the sixth digit between one row at a time and all rows at once, for a product of matrices then adds in another order. Such a model is served, its proof at the upload allows what rounding its terms does, and the upload's \`warnings\` say how large they are and how much of an answer that is. A greater \`alpha\` makes them smaller. The tables above leave these models out.

${table(['family', 'version', ...COLUMNS], byFamily(cancelling).map(familyRow))}

An isotonic calibration can be steep in the same way: of thresholds that lie 1e-9 apart, the last digit of the probability between them is the eighth of the answer. \`CalibratedClassifierCV(GaussianNB(), method="isotonic", cv=2)\` on the breast cancer data answers one of 87 rows 8.2e-8 otherwise than Python with numpy 1.23.5 and 1.26.4 on a processor with AVX-512, and every row within 2.2e-16 of Python where numpy has been told not to use it (\`NPY_DISABLE_CPU_FEATURES\`), and of Python with numpy 2: that exponential of numpy 1 gives 0x1.fffffffff3461p-1 for exp(-0x1.974p-38), which is 0x1.fffffffff3460p-1. It is no property of the model, so it cannot be read from the file.

## Classes that answer

${classLists(groups)}

## Refused, or answered in another form

${refusals(groups, refused)}
`;
}

const COLUMNS = [
  'models',
  'rows',
  ...['evaluator', 'onnxruntime'].flatMap((end) => [
    `labels different, ${end}`,
    `probabilities, ${end}`,
    `values, ${end}`,
  ]),
];

function table(head, rows) {
  const line = (cells) => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, index) => (index < 2 ? '---' : '---:'))), ...rows.map(line)].join('\n');
}

/** Families in the order in which they first come, the versions of each together. */
function byFamily(groups) {
  const families = [...new Set(groups.map(({ family }) => family))];
  return families.flatMap((family) => groups.filter((group) => group.family === family));
}

function familyRow(group) {
  return [group.family, group.version, ...figures(group)];
}

function summaries(groups) {
  const sums = new Map();
  for (const { library, version, models, evaluator, onnxruntime } of groups) {
    const key = `${library} ${version}`;
    const sum = sums.get(key) ?? { library, version, models: 0, evaluator: newTally(), onnxruntime: newTally() };
    sums.set(key, sum);
    sum.models += models;
    merge(sum.evaluator, evaluator);
    merge(sum.onnxruntime, onnxruntime);
  }
  return [...sums.values()].map((sum) => [LIBRARY[sum.library], sum.version, ...figures(sum)]);
}

function figures({ models, evaluator, onnxruntime }) {
  const ends = [evaluator, onnxruntime].flatMap((tally) => [
    String(tally.labelsDifferent),
    difference(tally.probability),
    difference(tally.value),
  ]);
  return [String(models), String(evaluator.rows), ...ends];
}

function difference(number) {
  if (number === null) return '–';
  return number === 0 ? '0' : number.toExponential(1);
}

function classLists(groups) {
  const classes = new Map();
  for (const group of groups)
    classes.set(group.family, new Set([...(classes.get(group.family) ?? []), ...group.classes]));
  return [...classes].map(([family, names]) => `- ${family}: ${[...names].sort().join(', ')}`).join('\n');
}

function refusals(groups, refused) {
  const unlike = groups.flatMap(({ library, version, evaluator, onnxruntime }) =>
    [...new Set([...evaluator.unlike, ...onnxruntime.unlike])].map((what) => `${LIBRARY[library]} ${version}, ${what}`),
  );
  const all = [...refused, ...unlike];
  return all.length === 0 ? 'None.' : all.map((line) => `- ${line}`).join('\n');
}
