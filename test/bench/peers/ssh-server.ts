import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { accepting, freePort } from './loopback.ts';

/** An sshd of our own on loopback, with keys of its own: the other end of scp, sftp and rsync. */
export class SshServer implements Disposable {
  readonly port: number;
  readonly pid: number;
  readonly #child: ChildProcess;
  readonly #folder: string;

  private constructor(port: number, child: ChildProcess, folder: string) {
    this.port = port;
    this.pid = child.pid ?? NaN;
    this.#child = child;
    this.#folder = folder;
  }

  static async start(folder: string): Promise<SshServer> {
    mkdirSync(folder, { recursive: true });
    for (const key of ['host', 'client'])
      execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(folder, key)]);
    const port = await freePort();
    const config = join(folder, 'sshd_config');
    writeFileSync(
      config,
      [
        `Port ${port}`,
        'ListenAddress 127.0.0.1',
        `HostKey ${join(folder, 'host')}`,
        `AuthorizedKeysFile ${join(folder, 'client.pub')}`,
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
    return new SshServer(port, child, folder);
  }

  /** A client's configuration, in which the host `bench` is this server, by way of `port`. */
  clientConfig(port = this.port): string {
    const path = join(this.#folder, `ssh_config-${port}`);
    writeFileSync(
      path,
      [
        'Host bench',
        'HostName 127.0.0.1',
        `Port ${port}`,
        `IdentityFile ${join(this.#folder, 'client')}`,
        'Ciphers aes128-gcm@openssh.com',
        'Compression no',
        'StrictHostKeyChecking no',
        'UserKnownHostsFile /dev/null',
        'LogLevel ERROR',
        '',
      ].join('\n'),
    );
    return path;
  }

  [Symbol.dispose](): void {
    this.#child.kill();
  }
}
