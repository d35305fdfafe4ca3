import { execFileSync, spawn, type ChildProcess, type SpawnOptions } from 'node:child_process';
import { once } from 'node:events';

export const SERVER_ADDRESS = '10.91.0.1';
export const CLIENT_ADDRESS = '10.91.0.2';

/** How a command ended. */
export interface Ending {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Two machines on one cable, as far as the kernel goes: network namespaces. Needs root. */
export class TwoHosts implements Disposable {
  readonly server = `sesame-demo-server-${process.pid}`;
  readonly client = `sesame-demo-client-${process.pid}`;

  constructor() {
    for (const name of [this.server, this.client]) ip('netns', 'add', name);
    ip(
      'link',
      'add',
      'eth0',
      'netns',
      this.server,
      'type',
      'veth',
      'peer',
      'name',
      'eth0',
      'netns',
      this.client,
    );
    for (const [name, address] of [
      [this.server, SERVER_ADDRESS],
      [this.client, CLIENT_ADDRESS],
    ] as const) {
      ip('-n', name, 'addr', 'add', `${address}/24`, 'dev', 'eth0');
      for (const device of ['lo', 'eth0']) ip('-n', name, 'link', 'set', device, 'up');
    }
  }

  /** Starts a command on one of them. */
  start(host: string, line: readonly string[], options: SpawnOptions = {}): ChildProcess {
    return spawn('ip', ['netns', 'exec', host, ...line], { stdio: ['pipe', 'pipe', 'pipe'], ...options });
  }

  /** Runs a command on one of them to its end. @param input what it reads from stdin */
  async run(host: string, line: readonly string[], env: NodeJS.ProcessEnv, input = ''): Promise<Ending> {
    const child = this.start(host, line, { env });
    const said = { stdout: '', stderr: '' };
    child.stdout?.setEncoding('utf8').on('data', (text: string) => (said.stdout += text));
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said.stderr += text));
    child.stdin?.on('error', () => undefined).end(input);
    await once(child, 'close');
    return { code: child.exitCode, ...said };
  }

  [Symbol.dispose](): void {
    for (const name of [this.server, this.client]) ip('netns', 'del', name);
  }
}

function ip(...args: readonly string[]): void {
  execFileSync('ip', args, { stdio: ['ignore', 'ignore', 'inherit'] });
}
