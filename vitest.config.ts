import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // End-to-end tests run the server as users do, compiled.
    globalSetup: 'test/support/compile-server.ts',
    include: ['test/{unit,contract,integration,e2e,fuzz}/**/*.test.ts'],
    // Processes, not threads: tests open databases and servers, and some watch what a whole process does.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
