import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { z } from 'zod';

const fileSchema = z.object({
  event: z.literal('file'),
  path: z.string(),
  size: z.number(),
  status: z.enum(['acknowledged', 'failed']),
  sends: z.number(),
  crc: z.string().nullish(),
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

/**
 * Runs the compiled client on a transfer.info. Relative names in it are relative to `root`.
 *
 * @param tell is called with a line for each thing that happens
 */
export async function sendFiles(
  root: string,
  transferInfo: string,
  tell: (line: string) => void,
  signal: AbortSignal,
): Promise<SendResult> {
  const client = spawn(join(root, 'build', 'sesame'), ['send', transferInfo, '-C', root, '--json'], {
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

function isFile(event: z.infer<typeof eventSchema>): event is SentFile {
  return event.event === 'file';
}

function describe(event: z.infer<typeof eventSchema>): string {
  if (!isFile(event)) {
    const details = Object.entries(event).filter(([name]) => name !== 'event');
    return `${event.event}: ${details.map(([name, value]) => `${name} ${String(value)}`).join(', ')}`;
  }
  const { path, status, sends, reason } = event;
  return `${path}: ${status} after ${sends} ${sends === 1 ? 'send' : 'sends'}${reason ? ` (${reason})` : ''}`;
}
