/**
 * Who may import whom (docs/adr/0008-who-may-import-whom.md). Every rule has a planted violation in
 * test/rules.e2e-spec.ts that is seen to fail.
 */

/** From the ground up: a folder imports from lower floors and from itself, never from its neighbours or from above. */
const FLOORS = [
  ['common'],
  ['monitoring', 'api-docs'],
  ['preprocessing'],
  ['registry', 'inference'],
  ['models'],
  ['deployments'],
  ['health'],
  ['app'],
];

/** The metrics and what they are made of. */
const METRICS = '^src/monitoring/(metrics|model-metrics|exposition|distribution)';
const SPECS = '\\.spec\\.ts$';
const folders = (names) => `^src/(${names.join('|')})/`;

const floorRules = FLOORS.flatMap((floor, height) =>
  floor.map((folder) => ({
    name: `floor-${folder}`,
    comment: `src/${folder} imports from lower floors only: ${FLOORS.slice(0, height).flat().join(', ') || 'none'}.`,
    severity: 'error',
    from: { path: folders([folder]), pathNot: SPECS },
    to: {
      path: [
        folders([...floor.filter((neighbour) => neighbour !== folder), ...FLOORS.slice(height + 1).flat()]),
        '^src/[^/]+\\.ts$',
      ],
    },
  })),
);

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...floorRules.map((rule) =>
      // The application's own folder is what main and its factory are made of; they stand beside it.
      rule.name === 'floor-app' ? { ...rule, to: { path: '^src/main\\.ts$' } } : rule,
    ),
    {
      name: 'metrics-is-a-leaf',
      comment: 'Everybody may import the metrics, so they import nothing but common.',
      severity: 'error',
      from: { path: METRICS },
      to: { path: '^src/', pathNot: ['^src/common/', METRICS] },
    },
    {
      name: 'no-cycles',
      comment: 'A cycle makes an order of initialisation that nobody chose.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'no-barrels',
      comment: 'Import a file under its own name: barrels make cycles and blur what depends on what.',
      severity: 'error',
      from: {},
      to: { path: '/index\\.ts$', pathNot: 'node_modules' },
    },
    {
      name: 'runtime-in-its-place',
      comment: 'onnxruntime-node is loaded only where its thread or process is known to be drained before it ends.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['^src/inference/(worker|trial)/'] },
      to: { path: 'onnxruntime-(node|common)' },
    },
    {
      name: 'pools-in-hosts',
      comment: 'A Piscina is owned by a host; only its worker entry may know it as well.',
      severity: 'error',
      from: { path: '^src/', pathNot: ['-host\\.ts$', '(^|[/-])worker\\.ts$', SPECS] },
      to: { path: 'node_modules/piscina|^piscina$' },
    },
    {
      name: 'pure-core',
      comment: 'Parsers, codecs, the graph, the batcher, state machines and workers know nothing of Nest.',
      severity: 'error',
      from: {
        path: [
          '^src/inference/(worker|trial)/',
          '^src/inference/(batcher|protocol)\\.ts$',
          '^src/models/(formats|graph)/',
          '^src/models/(import|trial)-worker\\.ts$',
          '^src/deployments/deployment-state\\.ts$',
        ],
      },
      to: { path: ['node_modules/@nestjs/', '^@nestjs/', '^src/common/nest/'] },
    },
    {
      name: 'no-runtime-in-import',
      comment: 'Import threads are killed; nothing they load may bring onnxruntime or the data plane along.',
      severity: 'error',
      from: { path: '^src/models/(import-worker\\.ts|formats/|graph/)', pathNot: SPECS },
      to: { path: '^src/inference/' },
    },
    {
      name: 'no-tests-in-source',
      comment: 'What runs in production does not import tests or their helpers.',
      severity: 'error',
      from: { path: '^src/', pathNot: SPECS },
      to: { path: ['^test/', SPECS] },
    },
    {
      name: 'resolvable',
      comment: 'Every import leads somewhere.',
      severity: 'error',
      from: { path: '^src/' },
      to: { couldNotResolve: true },
    },
    {
      name: 'declared-dependencies',
      comment: 'The source imports only packages that package.json lists under dependencies.',
      severity: 'error',
      from: { path: '^src/', pathNot: SPECS },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'], dependencyTypesNot: ['type-only'] },
    },
  ],
  options: {
    tsConfig: { fileName: 'tsconfig.json' },
    // Type imports count as well: they, too, say who knows whom.
    tsPreCompilationDeps: true,
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|coverage)/' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['require', 'node', 'default', 'types'] },
  },
};
