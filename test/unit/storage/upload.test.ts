import { describe, expect, it } from 'vitest';
import { SesameError } from '../../../src/base/errors.ts';
import { Moved, type Thread } from '../../../src/base/thread-call.ts';
import { BlockPool } from '../../../src/storage/block-pool.ts';
import { SpacePromise } from '../../../src/storage/disk-space.ts';
import type { FileThreadApi } from '../../../src/storage/file-thread.ts';
import { Upload } from '../../../src/storage/upload.ts';
import { outcome } from '../../support/outcome.ts';
import { RecordingLogger } from '../../support/recording-logger.ts';

const DURABLE = { size: 3, crc32: 4, wireCrc: Uint8Array.of(1, 2, 3, 4) };

/** An upload whose thread notes its calls, and fails in one of them. */
function anUpload(failing?: string): {
  upload: Upload;
  calls: unknown[][];
  log: RecordingLogger;
  promised: () => number;
} {
  const calls: unknown[][] = [];
  const call = async (method: string, ...args: unknown[]): Promise<unknown> => {
    calls.push([method, ...args.filter((arg) => !(arg instanceof Moved))]);
    if (method === failing) throw new SesameError('storage-failed', 'the disk has a fault');
    const moved = args.find((arg) => arg instanceof Moved);
    return method === 'finish' ? DURABLE : moved?.value;
  };
  const thread = { call } as unknown as Thread<FileThreadApi>;
  let promised = 0;
  const space = new SpacePromise(1000, (change) => (promised += change));
  const log = new RecordingLogger();
  const upload = new Upload({ thread, number: 7, temporaryName: 'abc', pool: new BlockPool(2), space, log });
  return { upload, calls, log, promised: () => promised };
}

describe('Upload', () => {
  it('hands on what it was given, then finishes, and is kept', async () => {
    const { upload, calls, promised } = anUpload();
    await upload.write(Buffer.alloc(600));
    expect(await upload.finish()).toEqual({ temporaryName: 'abc', ...DURABLE });
    expect(promised()).toBe(400);
    upload.keep();
    await upload[Symbol.asyncDispose]();
    expect(calls).toEqual([
      ['write', 7, 600],
      ['finish', 7],
      ['close', 7, true],
    ]);
    expect(promised()).toBe(0);
  });

  it('is not kept unless that was said', async () => {
    const { upload, calls } = anUpload();
    await upload.finish();
    await upload[Symbol.asyncDispose]();
    expect(calls.at(-1)).toEqual(['close', 7, false]);
  });

  it('takes nothing more when it is over, and gives its space back', async () => {
    const { upload, calls, promised } = anUpload();
    await upload.write(Buffer.alloc(10));
    await upload[Symbol.asyncDispose]();
    expect(calls).toEqual([['close', 7, false]]);
    expect(promised()).toBe(0);
    expect(await outcome(Promise.resolve(upload.write(Buffer.alloc(1))))).toBe('superseded');
  });

  it('fails with its thread', async () => {
    const { upload } = anUpload('finish');
    expect(await outcome(upload.finish())).toBe('storage-failed');
  });

  it('never throws when it is disposed of, but says what went wrong', async () => {
    const { upload, log } = anUpload('close');
    await upload[Symbol.asyncDispose]();
    expect(log.lines).toMatchObject([{ level: 'warning', fields: { why: 'the disk has a fault' } }]);
  });
});
