import { builtinModules } from 'node:module';
import tseslint from 'typescript-eslint';
import prettier from 'eslint-config-prettier';

/** Node's own modules, with and without the `node:` prefix. */
const nodeBuiltins = builtinModules.flatMap((name) => [name, `node:${name}`]);

/** Libraries below the adapters: no Node, no drivers, no NestJS. tools/checks enforces it; here it is editor help. */
const pureLibraries = [
  ...['model', 'spiffe', 'ir', 'store'],
  ...['validate', 'snapshot', 'resolve', 'emit', 'authz', 'matcher', 'xds', 'envoy-admin', 'telemetry'],
].map((name) => `libs/${name}/src/**/*.ts`);

const syntaxBans = [
  { selector: 'ExportAllDeclaration', message: 'Name every export (no `export *`).' },
  {
    selector: "CallExpression[callee.object.name='vi'][callee.property.name=/^(mock|doMock|hoisted)$/]",
    message: 'Module mocks are banned: use a fake that behaves (libs/testkit).',
  },
  {
    selector: "CallExpression[callee.name='forwardRef']",
    message: 'No forwardRef: lower the shared concept into a library.',
  },
];

const processEnvBan = {
  selector: "MemberExpression[object.name='process'][property.name='env']",
  message: 'Settings are read once, in libs/settings.',
};

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '**/gen/**', '.tools/**', '.nx/**', '.malla/**', 'coverage/**'] },
  ...tseslint.configs.recommended,
  prettier,
  {
    files: ['**/*.{ts,mjs}'],
    linterOptions: { reportUnusedDisableDirectives: 'error' },
    // Lets consistent-type-imports keep the classes that constructor injection needs at run time.
    languageOptions: { parserOptions: { emitDecoratorMetadata: true, experimentalDecorators: true } },
    rules: {
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-unused-vars': [
        'error',
        {
          argsIgnorePattern: '^_',
          varsIgnorePattern: '^_',
          destructuredArrayIgnorePattern: '^_',
          caughtErrors: 'none',
        },
      ],
      // NestJS modules and empty marker classes are legitimate.
      '@typescript-eslint/no-extraneous-class': 'off',
      'no-restricted-syntax': ['error', ...syntaxBans],
      'max-lines': ['warn', { max: 400 }],
      'prefer-const': 'error',
      eqeqeq: ['error', 'always', { null: 'ignore' }],
      'no-console': 'off',
    },
  },
  {
    files: ['{libs,apps}/**/*.ts'],
    ignores: ['libs/settings/**', '**/*.spec.ts', 'libs/testkit/**'],
    rules: { 'no-restricted-syntax': ['error', ...syntaxBans, processEnvBan] },
  },
  {
    files: pureLibraries,
    ignores: ['**/*.spec.ts'],
    rules: {
      'no-restricted-imports': [
        'error',
        { paths: nodeBuiltins.map((name) => ({ name, message: 'Libraries below the adapters do not use Node.' })) },
      ],
    },
  },
);
