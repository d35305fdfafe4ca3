import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { z } from 'zod';

const fileSchema = z.object({
  event: z.literal('file'),
  path: z.string(),
  size: z.number(),
  status: z.enum(['acknowledged', 'failed']),
  /** Of v3: how often it was sent, and the CRC that both sides agreed on. */
  sends: z.number().nullish(),
  crc: z.string().nullish(),
  /** Of v4: the number of its receipt, and what that vouches for. */
  seq: z.number().nullish(),
  sha256: z.string().nullish(),
  reason: z.string().nullish(),
});

const eventSchema = z.union([fileSchema, z.looseObject({ event: z.string() })]);

/** What became of one file, as the client tells it. */
export type SentFile = z.infer<typeof fileSchema>;

/** What became of all of them. */
export interface SendResult {
  readonly files: SentFile[];
  /** How the client ended, unless it exited with 0. */
  readonly failure: string | undefined;
}

/** How the compiled client is run: for whom, and what it is to know. */
export interface DemoClient {
  readonly root: string;
  readonly environment: NodeJS.ProcessEnv;
  readonly signal: AbortSignal;
}

/**
 * Runs the compiled client on a transfer.info. Relative names in it are relative to `root`.
 *
 * @param tell is called with a line for each thing that happens
 */
export async function sendFiles(
  { root, environment, signal }: DemoClient,
  transferInfo: string,
  protocol: 3 | 4,
  tell: (line: string) => void,
): Promise<SendResult> {
  const options = ['--protocol', String(protocol), '-C', root, '--json'];
  const client = spawn(join(root, 'build', 'sesame'), ['send', transferInfo, ...options], {
    env: environment,
    stdio: ['ignore', 'pipe', 'inherit'],
    signal,
  });
  const closed = once(client, 'close') as Promise<[number | null, NodeJS.Signals | null]>;

  const files: SentFile[] = [];
  const readLines = async (): Promise<void> => {
    for await (const line of createInterface(client.stdout)) {
      const event = eventSchema.parse(JSON.parse(line));
      if (isFile(event)) files.push(event);
      tell(describe(event));
    }
  };
  let code, endedBy;
  try {
    [[code, endedBy]] = await Promise.all([closed, readLines()]);
  } finally {
    client.kill();
  }
  return { files, failure: code === 0 ? undefined : (endedBy ?? `exit code ${code ?? '?'}`) };
}

/** Runs another command of the client. @returns what it printed on stdout */
export async function runClient(
  { root, environment, signal }: DemoClient,
  ...args: readonly string[]
): Promise<string> {
  const { stdout } = await promisify(execFile)(join(root, 'build', 'sesame'), args, {
    env: environment,
    signal,
  });
  return stdout;
}

function isFile(event: z.infer<typeof eventSchema>): event is SentFile {
  return event.event === 'file';
}

function describe(event: z.infer<typeof eventSchema>): string {
  if (!isFile(event)) {
    const details = Object.entries(event).filter(([name]) => name !== 'event');
    return `${event.event}: ${details.map(([name, value]) => `${name} ${String(value)}`).join(', ')}`;
  }
  const { path, status, sends, seq, reason } = event;
  const how = seq ? `, receipt ${seq}` : sends ? ` after ${sends} ${sends === 1 ? 'send' : 'sends'}` : '';
  return `${path}: ${status}${how}${reason ? ` (${reason})` : ''}`;
}
