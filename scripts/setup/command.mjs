import { spawn } from 'node:child_process';
import process from 'node:process';
import { root } from './paths.mjs';

/** How much of a failed command's output is worth showing: the end, where the error stands. */
const SHOWN_LINES = 40;

/** A command that could not be started or did not exit with 0. */
export class CommandFailed extends Error {
  constructor(argv, reason, output) {
    super(`${argv.join(' ')}: ${reason}`);
    this.name = 'CommandFailed';
    this.output = output;
  }

  /** The message with the last lines of the output under it. */
  describe() {
    const lines = this.output.trim().split('\n').slice(-SHOWN_LINES);
    return [this.message, ...lines.map((line) => `    ${line}`.trimEnd())].join('\n');
  }
}

/** Runs a command in the top folder without showing its output; rejects with CommandFailed. */
export function run(argv, { env = process.env } = {}) {
  return new Promise((resolve, reject) => {
    const [program, ...args] = argv;
    let output = '';
    const child = spawn(program, args, { cwd: root, env, stdio: ['ignore', 'pipe', 'pipe'] });
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (text) => (output += text));
    }

    // An interrupted set-up leaves nothing behind that still writes into the build folders.
    const kill = () => child.kill();
    process.once('exit', kill);

    child.on('error', (error) => reject(new CommandFailed(argv, error.message, output)));
    child.on('close', (code, signal) => {
      process.off('exit', kill);
      if (code === 0) resolve();
      else reject(new CommandFailed(argv, signal ? `ended by ${signal}` : `exit code ${code}`, output));
    });
  });
}
