import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { rmSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { Command } from 'commander';
import { SesameError } from '../base/errors.ts';
import { bindGateSocket } from '../control/gate-socket.ts';
import { spawnHelper } from '../gate/helper-process.ts';
import { readHelperOptions, type HelperTexts } from '../gate/helper/helper-options.ts';
import { ExitCode } from './exit-codes.ts';
import { firstSignal } from './first-signal.ts';

interface Options extends HelperTexts {
  readonly socket: string;
  readonly user?: string;
}

const extension = import.meta.url.endsWith('.ts') ? 'ts' : 'js';
const WORKER = new URL(`./gate-helper-worker.${extension}`, import.meta.url);

/** `sesamed gate helper`: what drives the firewall for a server without privileges (docs/GATE.md 3). */
export function gateHelperCommand(): Command {
  return new Command('helper')
    .description('drives the firewall for a server that runs without privileges; root starts it')
    .requiredOption('--driver <name>', 'nftables or iptables')
    .requiredOption('--ports <list>', 'the ports it protects, as the server has them: 1357,8357')
    .option('--knock-port <port>', 'where the server hears knocks', '6257')
    .option('--allow <networks>', 'who needs no knock, as 10.0.0.0/8,2001:db8::/32')
    .option('--on-stop <what>', 'what becomes of the rules: they stay shut, or go (shut, remove)', 'shut')
    .requiredOption('--socket <path>', 'where the server finds it (its gate.helper)')
    .option('--user <name>', 'who may connect to it: the user of the server')
    .action(async (options: Options) => {
      process.exitCode = await runGateHelper(options);
    });
}

/** Until a signal ends it. @returns the exit code. @throws `gate-failed`, `bad-setting` */
export async function runGateHelper(options: Options): Promise<ExitCode> {
  const plan = readHelperOptions(options);
  const socket = await bindGateSocket(
    options.socket,
    options.user === undefined ? undefined : userId(options.user),
  );
  const listening = { flag: '--listen-fd', descriptor: socket.descriptor };
  const worker = spawnHelper(fileURLToPath(WORKER), plan, [listening]);
  const ended = once(worker, 'close');
  worker.stderr?.pipe(process.stderr);
  // A word, and not the signal: those of a terminal come to all processes, and twice would be once too often.
  void firstSignal().then(() => worker.stdin?.end('stop'));
  await socket.publish();
  const [code] = (await ended) as [number | null];
  rmSync(options.socket, { force: true });
  return code === 0 ? ExitCode.done : ExitCode.other;
}

function userId(name: string): number {
  try {
    return Number(
      execFileSync('id', ['-u', '--', name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }),
    );
  } catch (error) {
    throw new SesameError('bad-setting', `--user ${name}: there is no such user`, { cause: error });
  }
}
