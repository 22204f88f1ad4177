// Counts which branches of the compiled sources run: a counter is written into every block, case and conditional
// branch when a file is loaded. An input that reaches a branch, or a magnitude of its count, that none had before is kept.
import { readFileSync } from 'node:fs';
import Module from 'node:module';
import ts from 'typescript';

const MAX_COUNTERS = 1 << 16;
const counters = new Uint32Array(MAX_COUNTERS);
const seen = new Uint32Array(MAX_COUNTERS);
let used = 0;

/** Instruments the files whose path `wanted` accepts, from here on. */
export function instrument(wanted) {
  globalThis.__covered = counters;
  const load = Module._extensions['.js'];
  Module._extensions['.js'] = (module, file) => {
    if (wanted(file)) module._compile(withCounters(readFileSync(file, 'utf8'), file), file);
    else load(module, file);
  };
}

function withCounters(source, file) {
  const tree = ts.createSourceFile(file, source, ts.ScriptTarget.ES2023, true, ts.ScriptKind.JS);
  const edits = [];
  const count = () => `__covered[${used < MAX_COUNTERS - 1 ? used++ : used}]++`;
  const wrap = (node, open, close) => edits.push([node.getStart(tree), open], [node.end, close]);
  const visit = (node) => {
    if (ts.isBlock(node)) edits.push([node.getStart(tree) + 1, `${count()};`]);
    if (ts.isCaseOrDefaultClause(node) && node.statements.length > 0)
      edits.push([node.statements[0].getStart(tree), `${count()};`]);
    if (ts.isConditionalExpression(node))
      for (const branch of [node.whenTrue, node.whenFalse]) wrap(branch, `(${count()},`, ')');
    if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) wrap(node.body, `(${count()},`, ')');
    if (ts.isIfStatement(node))
      for (const branch of [node.thenStatement, node.elseStatement])
        if (branch && !ts.isBlock(branch)) wrap(branch, `{${count()};`, '}');
    if (ts.isBinaryExpression(node) && isShortCircuit(node.operatorToken.kind)) wrap(node.right, `(${count()},`, ')');
    ts.forEachChild(node, visit);
  };
  visit(tree);
  // Insertions at one place keep the order in which the tree was walked, closing ones the reverse.
  const order = edits.map(([at, text], i) => ({ at, text, i, closes: text === ')' || text === '}' }));
  order.sort((a, b) => a.at - b.at || Number(b.closes) - Number(a.closes) || (a.closes ? b.i - a.i : a.i - b.i));
  let out = '';
  let from = 0;
  for (const { at, text } of order) {
    out += source.slice(from, at) + text;
    from = at;
  }
  return out + source.slice(from);
}

function isShortCircuit(kind) {
  return (
    kind === ts.SyntaxKind.AmpersandAmpersandToken ||
    kind === ts.SyntaxKind.BarBarToken ||
    kind === ts.SyntaxKind.QuestionQuestionToken
  );
}

/** Whether what ran since the last call is new, in branches or in the magnitude of how often; forgets the counts. */
export function takeNews() {
  let news = false;
  for (let i = 0; i < used; i++) {
    const count = counters[i];
    if (count === 0) continue;
    counters[i] = 0;
    const bit = 1 << Math.min(31 - Math.clz32(count), 12);
    if ((seen[i] & bit) === 0) {
      seen[i] |= bit;
      news = true;
    }
  }
  return news;
}

/** Branches that have run, of those that were written into the files loaded so far. */
export function coverage() {
  let covered = 0;
  for (let i = 0; i < used; i++) if (seen[i] !== 0) covered++;
  return { covered, total: used };
}
