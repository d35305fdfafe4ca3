#!/usr/bin/env node
// Nothing may be imported before this check: parts of the program crash on an older Node instead of saying so.
const MIN_NODE_MAJOR = 22;

if (Number(process.versions.node.split('.')[0]) < MIN_NODE_MAJOR) {
  process.stderr.write(
    `sesamed needs Node ${MIN_NODE_MAJOR} or newer, this is ${process.versions.node}. ` +
      'Start it with `npm start`, which brings its own, or install a newer Node.\n',
  );
  process.exitCode = 1;
} else {
  // Logs and stack traces name the sources, also where their compiled form runs.
  process.setSourceMapsEnabled(true);
  const { collectForLoading } = await import('./cli/garbage-collection.ts');
  collectForLoading();
  const { run } = await import('./cli/program.ts');
  process.exitCode = await run(process.argv);
}
