import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** An sshd of our own on loopback, with keys of its own, for scp to be measured against. */
export class SshServer implements Disposable {
  readonly port: number;
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #clientKey: string;

  private constructor(port: number, child: ChildProcess, clientKey: string) {
    this.port = port;
    this.pid = child.pid ?? NaN;
    this.#child = child;
    this.#clientKey = clientKey;
  }

  static async start(folder: string): Promise<SshServer> {
    const hostKey = join(folder, 'host');
    const clientKey = join(folder, 'client');
    for (const key of [hostKey, clientKey])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', key]);
    const port = await freePort();
    const config = join(folder, 'sshd_config');
    writeFileSync(
      config,
      [
        `Port ${port}`,
        'ListenAddress 127.0.0.1',
        `HostKey ${hostKey}`,
        `AuthorizedKeysFile ${clientKey}.pub`,
        'StrictModes no',
        'UsePAM no',
        'PermitRootLogin yes',
        `PidFile ${join(folder, 'sshd.pid')}`,
        'Subsystem sftp internal-sftp',
        '',
      ].join('\n'),
    );
    mkdirSync('/run/sshd', { recursive: true });
    const child = spawn('/usr/sbin/sshd', ['-D', '-f', config], { stdio: ['ignore', 'ignore', 'inherit'] });
    await accepting(port);
    return new SshServer(port, child, clientKey);
  }

  scpArgs(source: string, target: string): readonly string[] {
    const options = [
      'StrictHostKeyChecking=no',
      'UserKnownHostsFile=/dev/null',
      'LogLevel=ERROR',
      'Compression=no',
    ];
    return [
      ...['-q', '-c', 'aes128-gcm@openssh.com', '-P', String(this.port), '-i', this.#clientKey],
      ...options.flatMap((option) => ['-o', option]),
      source,
      `127.0.0.1:${target}`,
    ];
  }

  [Symbol.dispose](): void {
    this.#child.kill();
  }
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve));
  const { port } = probe.address() as AddressInfo;
  await new Promise((resolve) => probe.close(resolve));
  return port;
}

async function accepting(port: number): Promise<void> {
  for (let tries = 0; tries < 200; tries++) {
    const open = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => {
        socket.destroy();
        resolve(true);
      });
      socket.once('error', () => {
        resolve(false);
      });
    });
    if (open) return;
    await sleep(20);
  }
  throw new Error('sshd does not accept connections');
}
