import js from '@eslint/js';
import { defineConfig } from 'eslint/config';
import tseslint from 'typescript-eslint';

const NODE_GLOBALS = Object.fromEntries(
  [
    'process',
    'console',
    'performance',
    'URL',
    'Buffer',
    'Blob',
    'FormData',
    'setTimeout',
    'clearTimeout',
    'module',
    'require',
    '__dirname',
    'fetch',
  ].map((name) => [name, 'readonly']),
);

/** docs/adr/0002: ending a process or a thread while onnxruntime is inside native code aborts the whole process. */
const PROCESS_EXIT = {
  selector: "MemberExpression[object.name='process'][property.name=/^(exit|reallyExit|abort)$/]",
  message: 'The process ends after the drain, by itself or by a signal: set process.exitCode.',
};
const PROCESS_ENV = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: 'Settings are read once, in common/config.ts.',
};
const EXPORT_ALL = {
  selector: 'ExportAllDeclaration',
  message: 'No barrels: import from the file that has the name.',
};
/** Near inference threads nothing may end one: they are drained, and their pool is closed. */
const ENDING_A_THREAD = [
  {
    selector: "CallExpression[callee.property.name='terminate']",
    message: 'A thread inside onnxruntime must not be terminated: drain it and close its pool.',
  },
  {
    selector: "CallExpression[callee.property.name='destroy'][callee.object.name=/pool|piscina|worker/i]",
    message: 'destroy() terminates threads that may be inside onnxruntime: drain and close the pool.',
  },
  {
    selector: "CallExpression[callee.property.name='destroy'][callee.object.property.name=/pool|piscina|worker/i]",
    message: 'destroy() terminates threads that may be inside onnxruntime: drain and close the pool.',
  },
];
const SIGNALS_TO_A_POOL = {
  selector: "Identifier[name=/^(AbortController|AbortSignal)$/], Property[key.name='signal']",
  message: 'A signal on a running task terminates its thread; deadlines reject the caller only.',
};
const RESTRICTED = [PROCESS_EXIT, EXPORT_ALL, ...ENDING_A_THREAD];

export default defineConfig(
  { ignores: ['dist/', 'coverage/', 'data/', 'node_modules/', 'bench/results/'] },
  js.configs.recommended,
  {
    files: ['**/*.{js,mjs,cjs}'],
    languageOptions: { globals: NODE_GLOBALS },
  },
  {
    files: ['**/*.ts'],
    extends: [tseslint.configs.recommendedTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': 'error',
      '@typescript-eslint/await-thenable': 'error',
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/only-throw-error': 'error',
      // A method that answers a promise by contract may have nothing to wait for.
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true, allowBoolean: true }],
      complexity: ['error', 20],
      eqeqeq: 'error',
      'max-lines': ['error', { max: 300, skipBlankLines: true, skipComments: true }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-empty': 'error',
    },
  },
  {
    files: ['src/**/*.ts'],
    rules: {
      'no-console': 'error',
      'no-restricted-imports': [
        'error',
        {
          paths: [
            {
              name: '@nestjs/common',
              importNames: ['forwardRef', 'Global'],
              message: 'It hides a cycle or a dependency: move what is shared to a lower floor.',
            },
          ],
        },
      ],
      'no-restricted-syntax': ['error', PROCESS_ENV, ...RESTRICTED],
    },
  },
  {
    files: ['src/common/config.ts'],
    rules: { 'no-restricted-syntax': ['error', ...RESTRICTED] },
  },
  {
    files: ['src/inference/*-host.ts', 'src/inference/endpoint*.ts', 'src/inference/worker/**/*.ts'],
    rules: { 'no-restricted-syntax': ['error', PROCESS_ENV, SIGNALS_TO_A_POOL, ...RESTRICTED] },
  },
  {
    // Their threads never hold onnxruntime, so that they may be killed in the middle of their work.
    files: ['src/models/{import,trial}-host.ts'],
    rules: { 'no-restricted-syntax': ['error', PROCESS_ENV, PROCESS_EXIT, EXPORT_ALL] },
  },
  {
    // Tables of data, one entry after the other.
    files: ['src/common/errors.ts', 'src/models/graph/ir.ts', 'src/**/*.openapi.ts', 'src/**/opcodes.ts'],
    rules: { 'max-lines': 'off', 'max-lines-per-function': 'off' },
  },
  {
    files: ['**/*.spec.ts', '**/*.e2e-spec.ts', 'test/**/*.ts'],
    rules: {
      'max-lines': 'off',
      'max-lines-per-function': 'off',
      complexity: 'off',
      'no-restricted-syntax': 'off',
      // Replies of a server are of any shape until a test has looked at them.
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
      '@typescript-eslint/restrict-template-expressions': 'off',
    },
  },
);
