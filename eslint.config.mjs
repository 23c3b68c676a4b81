// One judge per concern: Prettier owns the layout, tsc the types, dependency-cruiser the arrows between folders, ESLint the habits.
import { builtinModules } from 'node:module';
import eslint from '@eslint/js';
import tseslint from 'typescript-eslint';

const NO_PROCESS_ENV = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: 'The environment is read once, in main.ts: take what you need as a parameter.',
};

const HOUSE_SYNTAX = [
  { selector: 'ExportDefaultDeclaration', message: 'Named exports only: a name that is searched for is found.' },
  { selector: 'TSEnumDeclaration', message: 'Use a zod enum or a union of strings: erasable syntax only.' },
];

const NODE_BUILTINS = builtinModules.flatMap((name) => [name, `node:${name}`]);

export default tseslint.config(
  { ignores: ['node_modules/', 'dist/', 'coverage/', '.weft/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  eslint.configs.recommended,
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      // A method signature is bivariant, and picking such a function off a typed object trips unbound-method.
      '@typescript-eslint/method-signature-style': ['error', 'property'],
      // A field is left out of a rest by naming it; a parameter that comes before a used one is named with an underscore.
      '@typescript-eslint/no-unused-vars': ['error', { ignoreRestSiblings: true, argsIgnorePattern: '^_' }],
      'no-console': 'error',
      eqeqeq: 'error',
      'max-lines': ['error', 300],
      'max-lines-per-function': ['error', 70],
      complexity: ['error', 10],
      'max-params': ['error', 3],
      'no-restricted-syntax': ['error', ...HOUSE_SYNTAX, NO_PROCESS_ENV],
    },
  },
  {
    // The places that read the environment, and hand it on as a parameter.
    files: ['**/main.ts', 'scripts/**', 'test/**'],
    rules: { 'no-restricted-syntax': ['error', ...HOUSE_SYNTAX] },
  },
  {
    // Their output is for the person, or the process, that started them.
    files: ['cli/**', 'scripts/**', 'agent/**', 'test/fixtures/**'],
    rules: { 'no-console': 'off' },
  },
  {
    // Workflow code is replayed: whatever is not the same the second time is forbidden.
    files: ['workflows/**'],
    rules: {
      'no-restricted-imports': ['error', { paths: NODE_BUILTINS.map((name) => ({ name, message: 'A workflow does no IO: ask an activity.' })) }],
      'no-restricted-globals': [
        'error',
        ...['fetch', 'process', 'crypto', 'performance', 'WeakRef', 'FinalizationRegistry'].map((name) => ({
          name,
          message: 'Not the same on replay: use the workflow API, or ask an activity.',
        })),
      ],
    },
  },
  {
    // Fakes are async without awaiting, assertions name methods without calling them, and a describe block is one function.
    files: ['test/**'],
    rules: {
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
      'max-lines-per-function': 'off',
    },
  },
  {
    // Plain JavaScript runs before anything is installed, or configures a tool that wants a default export.
    files: ['**/*.mjs'],
    extends: [tseslint.configs.disableTypeChecked],
    languageOptions: {
      globals: Object.fromEntries(
        [
          'AbortController',
          'AbortSignal',
          'Buffer',
          'URL',
          'clearInterval',
          'clearTimeout',
          'console',
          'fetch',
          'globalThis',
          'process',
          'setInterval',
          'setTimeout',
        ].map((name) => [name, 'readonly']),
      ),
    },
    rules: { 'no-restricted-syntax': 'off' },
  },
);
