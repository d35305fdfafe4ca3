import { defineConfig } from 'vite';

// Paths are relative to the project's folder, where npm runs its scripts. Everything becomes a file of its own:
// the gateway's policy allows nothing inline.
export default defineConfig({
  root: 'src/gateway/web',
  build: {
    outDir: '../../../dist/web',
    emptyOutDir: true,
    target: ['chrome123', 'firefox121', 'safari17.5'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
});
