import { readdirSync } from 'node:fs';
import { URL } from 'node:url';
import { defineConfig, globalIgnores } from 'eslint/config';
import tseslint from 'typescript-eslint';

/** Who may import whom: each folder of src/ and the folders it may use besides its own. */
const rooms = {
  base: [],
  protocol: ['base'],
  crypto: ['base'],
  config: ['base', 'crypto', 'logging'],
  logging: ['base'],
  guard: ['crypto', 'base'],
  gate: ['crypto', 'protocol', 'base'],
  transfer: ['crypto', 'base'],
  accounts: ['transfer', 'crypto', 'base'],
  storage: ['transfer', 'accounts', 'guard', 'gate', 'crypto', 'base'],
  handlers: ['protocol', 'transfer', 'base'],
  control: ['transfer', 'accounts', 'guard', 'gate', 'base'],
  server: ['protocol', 'handlers', 'guard', 'gate', 'transfer', 'base'],
  gateway: ['transfer', 'accounts', 'guard', 'gate', 'base'],
  cli: 'everything', // as do app.ts and main.ts
};

/** Modules that only some rooms may touch. The names are regular expressions. */
const confinedModules = {
  '(node:)?(net|tls)': ['server', 'control'],
  '(node:)?(http|https|http2)': ['gateway'],
  'better-sqlite3': ['storage'],
  'node-forge': ['crypto'],
  chalk: ['logging', 'cli'],
  argon2: ['crypto'],
  '(fastify|@fastify|prom-client|@opentelemetry)': ['gateway'],
};

const roomNames = Object.keys(rooms);
const strangers = readdirSync(new URL('src', import.meta.url), { withFileTypes: true })
  .filter((entry) => entry.isDirectory() && !roomNames.includes(entry.name))
  .map((entry) => entry.name);
if (strangers.length > 0) throw new Error(`eslint.config.js: who may ${strangers.join(', ')} import?`);

/** The import rules of one room, or of the files right below src/ (room undefined). */
function importRules(room) {
  const allowed = room === undefined || rooms[room] === 'everything' ? roomNames : [room, ...rooms[room]];
  const patterns = Object.entries(confinedModules)
    .filter(([, owners]) => !owners.includes(room))
    .map(([name, owners]) => ({ regex: `^${name}(/|$)`, message: `Only in ${owners.join(' and ')}.` }));

  const closed = roomNames.filter((name) => !allowed.includes(name));
  if (closed.length > 0) {
    const message = `${room} may import ${rooms[room].join(', ') || 'no other room'} only.`;
    patterns.push({ regex: `^(\\.\\./)+((${closed.join('|')})/|(app|main)\\.ts$)`, message });
  }
  return {
    'no-restricted-imports': ['error', { patterns }],
    // What is imported by a call would escape the rule above, where it is no library.
    'no-restricted-syntax':
      closed.length > 0 ? ['error', 'ImportExpression:not([source.value=/^[^.]/])'] : 'off',
  };
}

/** The console runs in browsers: it shares nothing with the server but the types of what they say to each other. */
function consoleImportRules(...folders) {
  const packages = 'preact(/hooks)?|@preact/signals|uplot(/dist/uPlot\\.min\\.css)?|uqr';
  const own = folders.map((folder) => `${folder.replaceAll('.', '\\.')}/[^.].*`).join('|');
  const regex = `^(?!(${packages}|${own}|(\\.\\./)+(api|client|fleet|join|security)-types\\.ts)$)`;
  const message =
    'The console imports its own files, the types of the API (../*-types.ts), preact, uplot and uqr only.';
  return { 'no-restricted-imports': ['error', { patterns: [{ regex, message }] }] };
}

export default defineConfig(
  globalIgnores(['build/', 'build-*/', 'coverage/', 'data/', 'dist/']),
  { linterOptions: { reportUnusedDisableDirectives: 'error' } },
  {
    files: ['**/*.{js,mjs,ts,tsx}'],
    rules: {
      eqeqeq: 'error',
      'no-console': 'error',
      'no-restricted-exports': [
        'error',
        { restrictDefaultExports: { direct: true, named: true, defaultFrom: true } },
      ],
      'no-undef': 'error',
      'no-unused-vars': 'error',
      'no-var': 'error',
      'object-shorthand': 'error',
      'prefer-const': 'error',
    },
  },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [tseslint.configs.strictTypeChecked, tseslint.configs.stylisticTypeChecked],
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      'no-undef': 'off', // the compiler knows better
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/no-confusing-void-expression': ['error', { ignoreArrowShorthand: true }],
      '@typescript-eslint/no-unused-vars': [
        'error',
        { argsIgnorePattern: '^_', ignoreUsingDeclarations: true },
      ],
      '@typescript-eslint/no-unnecessary-condition': [
        'error',
        { allowConstantLoopConditions: 'only-allowed-literals' },
      ],
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': [
        'error',
        { considerDefaultExhaustiveForUnions: true },
      ],
    },
  },
  { files: ['src/*.ts'], rules: importRules() },
  roomNames.map((room) => ({ files: [`src/${room}/**/*.ts`], rules: importRules(room) })),
  // Whether a text is an address, and in which network, has nothing to do with sockets.
  { files: ['src/base/addresses.ts'], rules: { 'no-restricted-imports': 'off' } },
  { files: ['src/gateway/web/*.{ts,tsx}'], rules: consoleImportRules('.') },
  { files: ['src/gateway/web/*/*.{ts,tsx}'], rules: consoleImportRules('.', '..') },
  { files: ['src/cli/**', 'scripts/**', 'test/**'], rules: { 'no-console': 'off' } },
  {
    files: ['**/*.config.{js,ts}'],
    rules: { 'no-restricted-exports': 'off', 'no-restricted-imports': 'off' },
  },
  {
    // Fakes implement asynchronous ports with nothing to wait for, and stubs do nothing on purpose.
    files: ['test/**/*.ts'],
    rules: {
      '@typescript-eslint/no-empty-function': 'off',
      '@typescript-eslint/require-await': 'off',
      '@typescript-eslint/unbound-method': 'off',
    },
  },
);
