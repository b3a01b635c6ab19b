import { parser, plugin } from 'typescript-eslint';

// Two rules. oxlint has all others (.oxlintrc.json) and needs a tenth of the time for them, because its compiler is TypeScript 7.
export default [
  {
    ignores: [
      'dist',
      '.bench',
      'build',
      'coverage',
      'data',
      '**/*.js',
      '**/*.cjs',
      '**/*.mjs',
      // Compiled by each host with its own tsconfig and its own versions of Nest.
      'test/packaging/apps',
      'examples',
    ],
  },
  {
    files: ['**/*.ts', '**/*.tsx'],
    languageOptions: {
      parser,
      // Nest injects by the classes that a constructor names, so their imports are values.
      parserOptions: { experimentalDecorators: true, emitDecoratorMetadata: true },
    },
    linterOptions: { reportUnusedDisableDirectives: 'off' },
    plugins: { '@typescript-eslint': plugin },
    rules: {
      // oxlint does not know emitDecoratorMetadata (https://github.com/oxc-project/oxc/issues/13609).
      '@typescript-eslint/consistent-type-imports': ['error', { fixStyle: 'inline-type-imports' }],
      'no-restricted-syntax': [
        'error',
        {
          selector: "CallExpression[callee.object.name='Date'][callee.property.name='now']",
          message: 'Time is a dependency: inject Clock.',
        },
        {
          selector: "NewExpression[callee.name='Date'][arguments.length=0]",
          message: 'Time is a dependency: inject Clock.',
        },
      ],
    },
  },
];
