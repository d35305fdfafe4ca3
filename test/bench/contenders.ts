// The programs of the benchmark: how each of them is told to send a file or a folder, at once or from afar.
import { mkdirSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';
import { SESAME } from '../support/native-client.ts';
import type { Contender } from './contest.ts';
import { runMeasured } from './measure.ts';
import type { Stage } from './stage.ts';

export interface Source {
  readonly path: string;
  readonly isFolder: boolean;
  /** How far the server is, in ms each way: not at all where there is none. */
  readonly delay?: number;
}

type Start = (stage: Stage, source: Source) => Promise<Contender>;

/** By the names that the command line knows them by. */
export const CONTENDERS = { sesame, scp, sftp, rsync, curl } as const satisfies Record<string, Start>;

export type ContenderName = keyof typeof CONTENDERS;

async function sesame(stage: Stage, source: Source): Promise<Contender> {
  const pair = await stage.sesame();
  const port = await portTo(stage, pair.port, source);
  const to = (run: number): string => `${basename(source.path)} ${source.delay ?? 0} ${run}`;
  const what = source.isFolder ? ['-r', source.path] : [source.path];
  return {
    name: 'sesame',
    server: pair.pid,
    target: (run) => pair.folder(to(run)),
    send: (run) =>
      runMeasured(SESAME, ['put', '-q', '--port', `${port}`, '--to', to(run), ...what], {
        notes: notesIn(stage),
        env: pair.environment,
      }),
  };
}

async function scp(stage: Stage, source: Source): Promise<Contender> {
  const { server, config, target } = await overSsh(stage, 'scp', source);
  const recursive = source.isFolder ? ['-r'] : [];
  return {
    name: 'scp',
    server,
    target,
    send: (run) =>
      runMeasured('scp', ['-q', ...recursive, '-F', config, source.path, `bench:${target(run)}`], {
        notes: notesIn(stage),
      }),
  };
}

async function sftp(stage: Stage, source: Source): Promise<Contender> {
  const { server, config, target } = await overSsh(stage, 'sftp', source);
  const batch = join(stage.folder, 'sftp-batch');
  const recursive = source.isFolder ? '-r ' : '';
  return {
    name: 'sftp',
    server,
    target,
    send: (run) => {
      writeFileSync(batch, `put ${recursive}"${source.path}" "${target(run)}"\n`);
      return runMeasured('sftp', ['-q', '-F', config, '-b', batch, 'bench'], { notes: notesIn(stage) });
    },
  };
}

async function rsync(stage: Stage, source: Source): Promise<Contender> {
  const { server, config, target } = await overSsh(stage, 'rsync', source);
  const contents = source.isFolder ? `${source.path}/` : source.path;
  return {
    name: 'rsync over ssh',
    server,
    target,
    send: (run) =>
      runMeasured('rsync', ['-a', '-e', `ssh -F ${config}`, contents, `bench:${target(run)}`], {
        notes: notesIn(stage),
      }),
  };
}

/** One file; for a folder there is nothing that it does in one go. */
async function curl(stage: Stage, source: Source): Promise<Contender> {
  const nginx = await stage.nginx();
  const port = await portTo(stage, nginx.port, source);
  const options = ['-sS', '--fail', '--insecure', '--tls13-ciphers', 'TLS_AES_128_GCM_SHA256'];
  return {
    name: 'curl to nginx',
    server: nginx.pid,
    target: (run) => join(nginx.root, `${run}`),
    send: (run) =>
      runMeasured('curl', [...options, '-T', source.path, `https://127.0.0.1:${port}/${run}`], {
        notes: notesIn(stage),
      }),
  };
}

async function overSsh(
  stage: Stage,
  name: string,
  source: Source,
): Promise<{ server: number; config: string; target: (run: number) => string }> {
  const ssh = await stage.ssh();
  const targets = join(stage.folder, 'targets');
  mkdirSync(targets, { recursive: true });
  return {
    server: ssh.pid,
    config: ssh.clientConfig(await portTo(stage, ssh.port, source)),
    target: (run) => join(targets, `${name}-${basename(source.path)}-${run}`),
  };
}

async function portTo(stage: Stage, port: number, { delay }: Source): Promise<number> {
  return delay === undefined ? port : (await stage.delayed(port, delay)).port;
}

const notesIn = (stage: Stage): string => join(stage.folder, 'time-notes');
