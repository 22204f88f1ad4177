// Shows that the rules of `npm run check` can fail: plants one violation of each in a temporary source tree under the
// project's own configuration, runs the tools there, and reports every planted one that was not found, and everything
// found in the files that are clean. `--json` prints the report for a test to read.
import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import {
  CLEAN_FILES,
  FORMAT_VIOLATIONS,
  LINT_VIOLATIONS,
  MODULE_VIOLATIONS,
  TYPE_VIOLATIONS,
  UNUSED_VIOLATIONS,
} from './planted-violations.mjs';

const ROOT = path.join(path.dirname(fileURLToPath(import.meta.url)), '..');
const CONFIGURATION = [
  'package.json',
  'tsconfig.json',
  'tsconfig.build.json',
  'eslint.config.mjs',
  '.dependency-cruiser.cjs',
  '.prettierrc.json',
  'knip.json',
];

/** Runs a tool of node_modules in the tree, and hands over what it printed; finding something is no failure here. */
function run(tree, script, ...args) {
  const command = [path.join(ROOT, 'node_modules', script), ...args];
  const result = spawnSync(process.execPath, command, { cwd: tree, encoding: 'utf8', maxBuffer: 64e6 });
  if (result.error) throw result.error;
  return result;
}

function parsed(result) {
  try {
    return JSON.parse(result.stdout);
  } catch {
    throw new Error(`a tool did not answer in JSON: ${result.stdout.slice(0, 500)}${result.stderr.slice(0, 2000)}`);
  }
}

/** What each tool finds, as `{ rule, file, message }`. */
const TOOLS = {
  modules: {
    planted: MODULE_VIOLATIONS,
    find: (tree) => {
      const args = ['src', '--config', '.dependency-cruiser.cjs', '--output-type', 'json'];
      const { summary } = parsed(run(tree, 'dependency-cruiser/bin/dependency-cruise.mjs', ...args));
      return summary.violations.map(({ rule, from, to }) => ({ rule: rule.name, file: from, message: to }));
    },
  },
  lint: {
    planted: LINT_VIOLATIONS,
    find: (tree) => {
      const files = parsed(run(tree, 'eslint/bin/eslint.js', 'src', '--format', 'json'));
      return files.flatMap(({ filePath, messages }) =>
        messages.map(({ ruleId, message }) => ({ rule: ruleId, file: path.relative(tree, filePath), message })),
      );
    },
  },
  types: {
    planted: TYPE_VIOLATIONS,
    find: (tree) => {
      const { stdout } = run(tree, 'typescript/bin/tsc', '--noEmit', '-p', 'tsconfig.json', '--pretty', 'false');
      const lines = [...stdout.matchAll(/^(\S+)\(\d+,\d+\): error (TS\d+): (.*)$/gm)];
      return lines.map(([, file, rule, message]) => ({ rule, file, message }));
    },
  },
  unused: {
    planted: UNUSED_VIOLATIONS,
    find: (tree) => {
      const { issues } = parsed(run(tree, 'knip/bin/knip.js', '--reporter', 'json', '--include', 'files,exports'));
      return issues.flatMap((issue) => [
        ...issue.files.map(() => ({ rule: 'files', file: issue.file, message: 'unused file' })),
        ...issue.exports.map(({ name }) => ({ rule: 'exports', file: issue.file, message: `unused export ${name}` })),
      ]);
    },
  },
  format: {
    planted: FORMAT_VIOLATIONS,
    find: (tree) => {
      const { stdout } = run(tree, 'prettier/bin/prettier.cjs', '--list-different', 'src');
      return stdout
        .split('\n')
        .filter(Boolean)
        .map((file) => ({ rule: 'format', file, message: 'not formatted' }));
    },
  },
};

/** A tree of its own for each tool, so that one tool's plants are no finding of another. */
function makeTree(planted) {
  const tree = mkdtempSync(path.join(tmpdir(), 'modelport-rules-'));
  for (const file of CONFIGURATION)
    if (existsSync(path.join(ROOT, file))) copyFileSync(path.join(ROOT, file), path.join(tree, file));
  symlinkSync(path.join(ROOT, 'node_modules'), path.join(tree, 'node_modules'));
  const plants = planted.map(({ file, code, with: others }) => ({ [file]: code, ...others }));
  const files = Object.assign({}, CLEAN_FILES, ...plants);
  for (const [file, code] of Object.entries(files)) {
    mkdirSync(path.join(tree, path.dirname(file)), { recursive: true });
    writeFileSync(path.join(tree, file), code);
  }
  return tree;
}

function check({ planted, find }) {
  const tree = makeTree(planted);
  try {
    const found = find(tree);
    const matches = (plant) => (finding) =>
      finding.file === plant.file && finding.rule === plant.rule && finding.message.includes(plant.mentions ?? '');
    const dirty = new Set(planted.flatMap(({ file, with: others }) => [file, ...Object.keys(others ?? {})]));
    return {
      planted: planted.length,
      missed: planted.filter((plant) => !found.some(matches(plant))).map(({ rule, file }) => `${rule} in ${file}`),
      wrong: found
        .filter(({ file }) => !dirty.has(file))
        .map(({ rule, file, message }) => `${rule} in ${file}: ${message}`),
    };
  } finally {
    rmSync(tree, { recursive: true, force: true });
  }
}

const report = Object.fromEntries(Object.entries(TOOLS).map(([name, tool]) => [name, check(tool)]));
if (process.argv.includes('--json')) {
  console.log(JSON.stringify(report));
} else {
  for (const [name, { planted, missed, wrong }] of Object.entries(report)) {
    console.log(`${name}: ${planted - missed.length} of ${planted} planted violations found`);
    for (const line of missed) console.log(`  missed: ${line}`);
    for (const line of wrong) console.log(`  reported in a clean file: ${line}`);
  }
}
if (Object.values(report).some(({ missed, wrong }) => missed.length + wrong.length > 0)) process.exitCode = 1;
