// One violation of each rule that `npm run check` holds, as small files of an otherwise clean source tree.
// check-rules.mjs plants them in a temporary copy of the configuration and expects each to be reported.

/** The clean tree: files that the planted ones import, and that no rule may complain about. */
export const CLEAN_FILES = {
  'src/common/errors.ts': "export const ERRORS = ['bad_request'] as const;\n",
  'src/common/config.ts': 'export const port = (): string | undefined => process.env.PORT;\n',
  'src/common/nest/pipe.ts': 'export const PIPE = 1;\n',
  'src/monitoring/metrics.ts': "import { ERRORS } from '../common/errors';\nexport const METRICS = ERRORS.length;\n",
  'src/monitoring/reports.ts': 'export const REPORTS = 1;\n',
  'src/monitoring/event-log.ts':
    "import { METRICS } from './metrics';\nimport { REPORTS } from './reports';\nexport const EVENTS = METRICS + REPORTS;\n",
  'src/preprocessing/compile.ts': "import { EVENTS } from '../monitoring/event-log';\nexport const COMPILE = EVENTS;\n",
  'src/inference/protocol.ts':
    "import { COMPILE } from '../preprocessing/compile';\nexport const PROTOCOL = COMPILE;\n",
  'src/inference/worker/session.ts': "import { Tensor } from 'onnxruntime-node';\nexport const TENSOR = Tensor;\n",
  'src/inference/worker/worker.ts': "import { TENSOR } from './session';\nexport default TENSOR;\n",
  'src/inference/worker-host.ts': "import { Piscina } from 'piscina';\nexport const POOL = Piscina;\n",
  'src/registry/records.ts': "import { EVENTS } from '../monitoring/event-log';\nexport const RECORDS = EVENTS;\n",
  'src/models/store.ts': "import { PROTOCOL } from '../inference/protocol';\nexport const STORE = PROTOCOL;\n",
  'src/deployments/service.ts':
    "import { POOL } from '../inference/worker-host';\nimport { STORE } from '../models/store';\nimport { RECORDS } from '../registry/records';\nexport const SERVICE = [STORE, RECORDS, POOL];\n",
  'src/health/health.ts': "import { SERVICE } from '../deployments/service';\nexport const HEALTH = SERVICE;\n",
  'src/api-docs/docs.ts': "import { ERRORS } from '../common/errors';\nexport const DOCS = ERRORS;\n",
  'src/app/examples.ts': "import { HEALTH } from '../health/health';\nexport const EXAMPLES = HEALTH;\n",
  'src/main.ts':
    "import { EXAMPLES } from './app/examples';\nimport { DOCS } from './api-docs/docs';\nimport { port } from './common/config';\nimport { PIPE } from './common/nest/pipe';\nexport const STARTED = [EXAMPLES, DOCS, PIPE, port()];\n",
  'test/helper.e2e-spec.ts': "import { HELPER } from './support/helper';\nexport const USED = HELPER;\n",
  'test/support/helper.ts': 'export const HELPER = 1;\n',
};

const importing = (what) => `import { X } from '${what}';\nexport const Y: unknown = X;\n`;
const importingName = (name, from) => `import { ${name} } from '${from}';\nexport const Y: unknown = ${name};\n`;

/** `file` holds `code`, and the rule named `rule` of dependency-cruiser must report it; `with` has what it needs. */
export const MODULE_VIOLATIONS = [
  { rule: 'floor-common', file: 'src/common/up.ts', code: importingName('METRICS', '../monitoring/metrics') },
  {
    rule: 'floor-monitoring',
    file: 'src/monitoring/up.ts',
    code: importingName('COMPILE', '../preprocessing/compile'),
  },
  {
    rule: 'floor-preprocessing',
    file: 'src/preprocessing/up.ts',
    code: importingName('PROTOCOL', '../inference/protocol'),
  },
  { rule: 'floor-registry', file: 'src/registry/aside.ts', code: importingName('PROTOCOL', '../inference/protocol') },
  { rule: 'floor-inference', file: 'src/inference/aside.ts', code: importingName('RECORDS', '../registry/records') },
  { rule: 'floor-inference', file: 'src/inference/up.ts', code: importingName('STORE', '../models/store') },
  { rule: 'floor-models', file: 'src/models/up.ts', code: importingName('SERVICE', '../deployments/service') },
  { rule: 'floor-deployments', file: 'src/deployments/up.ts', code: importingName('HEALTH', '../health/health') },
  { rule: 'floor-health', file: 'src/health/up.ts', code: importingName('EXAMPLES', '../app/examples') },
  { rule: 'floor-api-docs', file: 'src/api-docs/aside.ts', code: importingName('HEALTH', '../health/health') },
  { rule: 'floor-app', file: 'src/app/up.ts', code: importingName('STARTED', '../main') },
  {
    rule: 'floor-inference',
    file: 'src/inference/type-up.ts',
    code: "import type { STORE } from '../models/store';\nexport type Y = typeof STORE;\n",
  },
  { rule: 'metrics-is-a-leaf', file: 'src/monitoring/metrics.ts', code: importingName('REPORTS', './reports') },
  {
    rule: 'no-cycles',
    file: 'src/registry/ring-a.ts',
    code: "import { B } from './ring-b';\nexport const A: unknown = B;\n",
    with: { 'src/registry/ring-b.ts': "import { A } from './ring-a';\nexport const B: unknown = A;\n" },
  },
  {
    rule: 'no-barrels',
    file: 'src/common/barrel.ts',
    code: importingName('BOX', './box'),
    with: { 'src/common/box/index.ts': 'export const BOX = 1;\n' },
  },
  { rule: 'runtime-in-its-place', file: 'src/inference/run.ts', code: importingName('Tensor', 'onnxruntime-node') },
  { rule: 'runtime-in-its-place', file: 'src/models/check.ts', code: importingName('Tensor', 'onnxruntime-node') },
  { rule: 'pools-in-hosts', file: 'src/deployments/pool.ts', code: importingName('Piscina', 'piscina') },
  { rule: 'pure-core', file: 'src/models/graph/nest.ts', code: importingName('Injectable', '@nestjs/common') },
  { rule: 'pure-core', file: 'src/models/formats/nest.ts', code: importingName('PIPE', '../../common/nest/pipe') },
  { rule: 'pure-core', file: 'src/inference/worker/nest.ts', code: importingName('Logger', '@nestjs/common') },
  { rule: 'pure-core', file: 'src/inference/batcher.ts', code: importingName('Logger', '@nestjs/common') },
  { rule: 'pure-core', file: 'src/deployments/deployment-state.ts', code: importingName('Logger', '@nestjs/common') },
  {
    rule: 'no-runtime-in-import',
    file: 'src/models/import-worker.ts',
    code: importingName('PROTOCOL', '../inference/protocol'),
  },
  {
    rule: 'no-tests-in-source',
    file: 'src/registry/tested.ts',
    code: importingName('HELPER', '../../test/support/helper'),
  },
  { rule: 'resolvable', file: 'src/registry/nowhere.ts', code: importing('./nothing-here') },
  { rule: 'declared-dependencies', file: 'src/registry/developer.ts', code: importingName('assert', 'fast-check') },
];

/** `file` holds `code`, and ESLint must report `rule` in it; `mentions` tells the restricted syntaxes apart. */
export const LINT_VIOLATIONS = [
  {
    rule: '@typescript-eslint/no-floating-promises',
    file: 'src/registry/lint-floating.ts',
    code: 'async function work(): Promise<void> {\n  await Promise.resolve();\n}\nexport function start(): void {\n  work();\n}\n',
  },
  {
    rule: '@typescript-eslint/no-misused-promises',
    file: 'src/registry/lint-misused.ts',
    code: 'export function watch(list: number[], work: () => Promise<void>): void {\n  list.forEach(async () => {\n    await work();\n  });\n}\n',
  },
  {
    rule: '@typescript-eslint/await-thenable',
    file: 'src/registry/lint-await.ts',
    code: 'export async function wait(): Promise<number> {\n  return await 5;\n}\n',
  },
  {
    rule: '@typescript-eslint/switch-exhaustiveness-check',
    file: 'src/registry/lint-switch.ts',
    code: "export function size(kind: 'a' | 'b'): void {\n  switch (kind) {\n    case 'a':\n      break;\n  }\n}\n",
  },
  {
    rule: '@typescript-eslint/no-explicit-any',
    file: 'src/registry/lint-any.ts',
    code: 'export const anything: any = 5;\n',
  },
  {
    rule: '@typescript-eslint/only-throw-error',
    file: 'src/registry/lint-throw.ts',
    code: "export function fail(): never {\n  throw 'a text';\n}\n",
  },
  {
    rule: 'max-lines',
    file: 'src/registry/lint-long.ts',
    code: Array.from({ length: 301 }, (_, i) => `export const LINE_${i} = ${i};\n`).join(''),
  },
  {
    rule: 'max-lines-per-function',
    file: 'src/registry/lint-long-function.ts',
    code: `export function long(list: number[]): void {\n${'  list.push(1);\n'.repeat(60)}}\n`,
  },
  {
    rule: 'complexity',
    file: 'src/registry/lint-complex.ts',
    code: `export function choose(n: number): number {\n${Array.from({ length: 21 }, (_, i) => `  if (n === ${i}) return ${i};\n`).join('')}  return 0;\n}\n`,
  },
  {
    rule: 'no-empty',
    file: 'src/registry/lint-empty.ts',
    code: 'export function swallow(work: () => void): void {\n  try {\n    work();\n  } catch {}\n}\n',
  },
  { rule: 'no-console', file: 'src/registry/lint-console.ts', code: "console.log('hello');\n" },
  {
    rule: 'eqeqeq',
    file: 'src/registry/lint-equal.ts',
    code: 'export const same = (a: number, b: number): boolean => a == b;\n',
  },
  {
    rule: 'no-restricted-imports',
    file: 'src/registry/lint-forward.ts',
    code: importingName('forwardRef', '@nestjs/common'),
  },
  {
    rule: 'no-restricted-imports',
    file: 'src/registry/lint-global.ts',
    code: importingName('Global', '@nestjs/common'),
  },
  {
    rule: 'no-restricted-syntax',
    mentions: 'drain',
    file: 'src/registry/lint-exit.ts',
    code: 'export function end(): void {\n  process.exit(1);\n}\n',
  },
  {
    rule: 'no-restricted-syntax',
    mentions: 'config.ts',
    file: 'src/registry/lint-env.ts',
    code: 'export const home = (): string | undefined => process.env.HOME;\n',
  },
  {
    rule: 'no-restricted-syntax',
    mentions: 'barrels',
    file: 'src/registry/lint-barrel.ts',
    code: "export * from './records';\n",
  },
  {
    rule: 'no-restricted-syntax',
    mentions: 'terminated',
    file: 'src/deployments/lint-terminate.ts',
    code: 'export const end = (worker: { terminate(): void }): void => worker.terminate();\n',
  },
  {
    rule: 'no-restricted-syntax',
    mentions: 'destroy()',
    file: 'src/deployments/lint-destroy.ts',
    code: 'export const end = (pool: { destroy(): void }): void => pool.destroy();\n',
  },
  {
    rule: 'no-restricted-syntax',
    mentions: 'destroy()',
    file: 'src/inference/lint-host.ts',
    code: 'export class Host {\n  constructor(private readonly pool: { destroy(): void }) {}\n  end(): void {\n    this.pool.destroy();\n  }\n}\n',
  },
  {
    rule: 'no-restricted-syntax',
    mentions: 'signal',
    file: 'src/inference/lint-signal-host.ts',
    code: 'export const stop = (): AbortController => new AbortController();\n',
  },
  {
    rule: 'no-restricted-syntax',
    mentions: 'signal',
    file: 'src/inference/endpoint-lint.ts',
    code: 'export const run = (pool: { run(task: object, options: object): void }, signal: unknown): void =>\n  pool.run({}, { signal });\n',
  },
];

export const TYPE_VIOLATIONS = [
  {
    rule: 'TS2322',
    file: 'src/registry/type-index.ts',
    code: 'export const first = (list: number[]): number => list[0];\n',
  },
  {
    rule: 'TS2375',
    file: 'src/registry/type-optional.ts',
    code: 'export const part: { port?: number } = { port: undefined };\n',
  },
  {
    rule: 'TS4114',
    file: 'src/registry/type-override.ts',
    code: 'class A {\n  go(): void {\n    this.go();\n  }\n}\nexport class B extends A {\n  go(): void {\n    super.go();\n  }\n}\n',
  },
];

export const UNUSED_VIOLATIONS = [
  { rule: 'files', file: 'src/registry/unused-file.ts', code: 'export const NOBODY = 1;\n' },
  {
    rule: 'exports',
    file: 'src/app/examples.ts',
    code: "import { HEALTH } from '../health/health';\nexport const EXAMPLES = HEALTH;\nexport const UNUSED = 2;\n",
  },
];

export const FORMAT_VIOLATIONS = [
  { rule: 'format', file: 'src/registry/format.ts', code: 'export const  wide   = "x"\n' },
];
