import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    // End-to-end tests run the server as users do, compiled.
    globalSetup: 'test/support/compile-server.ts',
    include: ['test/{unit,contract,integration,e2e,fuzz}/**/*.test.ts'],
    // Processes, not threads: tests open databases and servers, and some watch what a whole process does.
    pool: 'forks',
    // Threads of `.ts` files strip their types by WebAssembly in V8, which crashes where one thread frees the wrappers that
    // it optimized while another uses them: none are optimized. The compiled server has no types to strip.
    execArgv: ['--wasm-wrapper-tiering-budget=1000000000'],
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 20_000,
  },
});
