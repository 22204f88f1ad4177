/** Unit specs stand beside the code (src/**\/*.spec.ts, bench/*.spec.mjs) and run through swc; e2e specs start the built server from dist/. */
const transform = {
  '^.+\\.m?[jt]s$': [
    '@swc/jest',
    {
      jsc: {
        parser: { syntax: 'typescript', decorators: true },
        transform: { legacyDecorator: true, decoratorMetadata: true },
        target: 'es2023',
        keepClassNames: true,
      },
      module: { type: 'commonjs' },
    },
  ],
};

// Packages that ship as ES modules only; jest's own require cannot read those as they are.
const transformIgnorePatterns = ['/node_modules/(?!(kysely)/)'];

module.exports = {
  testTimeout: 60_000,
  maxWorkers: 2,
  projects: [
    {
      displayName: 'unit',
      testEnvironment: 'node',
      roots: ['<rootDir>/src', '<rootDir>/bench'],
      testRegex: '\\.spec\\.(ts|mjs)$',
      transform,
      transformIgnorePatterns,
    },
    {
      displayName: 'e2e',
      testEnvironment: 'node',
      roots: ['<rootDir>/test'],
      testRegex: '\\.e2e-spec\\.ts$',
      transform,
      transformIgnorePatterns,
    },
  ],
};
