// `sesame verify`: a file against its receipt, with nobody asked; receipts that lie; and what stock OpenSSH says to one.
import { createHash } from 'node:crypto';
import { appendFile, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sampleBytes, type Run } from '../support/native-client.ts';
import { Program } from '../support/program.ts';
import { RunningServer } from '../support/running-server.ts';
import { parseReceipt, type ReceiptFields } from '../support/v4-receipts.ts';
import { V4Folder } from '../support/v4-folder.ts';

const FILES = new Map([
  ['small', Buffer.from('content')],
  ['large', sampleBytes(200_000)],
  ["it's a\nname", sampleBytes(10, 1)],
  ['last', sampleBytes(10, 2)],
]);

/** A line of the log. */
interface KeptReceipt {
  readonly receipt: string;
  readonly signature: string;
}

let client: V4Folder;
let log: string;
/** What is kept when nobody has touched it. */
let kept: readonly string[];
beforeAll(async () => {
  await using server = await RunningServer.start();
  client = await V4Folder.joined(server, 'holder');
  await client.writeAll(FILES);
  // One after the other, so that the numbers of the receipts are known. The server is gone afterwards.
  for (const name of FILES.keys()) expect((await client.sesame('put', name)).code).toBe(0);
  log = await client.receiptLog();
  kept = await client.receiptLines();
});
beforeEach(async () => {
  await keep(kept);
  await client.writeAll(FILES);
});
afterAll(() => client[Symbol.asyncDispose]());

async function keep(lines: readonly string[]): Promise<void> {
  await writeFile(log, lines.map((line) => `${line}\n`).join(''));
}

/** The lines with another one in the place of one of them. */
function withLine(index: number, change: (line: KeptReceipt) => KeptReceipt): string[] {
  return kept.map((line, i) =>
    i === index ? JSON.stringify(change(JSON.parse(line) as KeptReceipt)) : line,
  );
}

/** What a forger makes of a receipt: other fields under the same signature. */
function claiming(fields: Partial<ReceiptFields>): (line: KeptReceipt) => KeptReceipt {
  return ({ receipt, signature }) => ({
    receipt: JSON.stringify({ ...parseReceipt(Buffer.from(receipt)), ...fields }),
    signature,
  });
}

function kindsOf({ events }: Run): unknown[] {
  return events
    .filter(({ event }) => event === 'finding')
    .map((event): unknown => Reflect.get(event, 'kind'));
}

describe('a receipt that holds', () => {
  test('exit code 0: which one it is, and for what', async () => {
    const { code, stdout, stderr } = await client.sesame('verify', 'large', 'small');
    expect(code, stderr).toBe(0);
    expect(stdout).toMatch(
      /^✓ large: receipt 2 of [\dTZ:.-]+: stored as large \(195\.3 KiB\) for 'holder'$/m,
    );
    expect(stdout).toMatch(/^✓ small: receipt 1 /m);
    expect(stderr).toContain('4 receipts kept here, each follows the one before it');
    expect(await client.sesame('verify', '-q', 'small')).toMatchObject({ code: 0, stdout: '', stderr: '' });
  });

  test('--json', async () => {
    const { code, events } = await client.json('verify', 'small');
    expect(code).toBe(0);
    const receipt = { name: 'holder', path: 'small', size: 7, seq: 1 };
    expect(events).toMatchObject([
      { event: 'file', path: 'small', status: 'verified', receipt },
      { event: 'summary', files: 1, receipts: 4, findings: 0, exit: 0 },
    ]);
  });

  test('the content counts, not what a copy of it is called', async () => {
    await client.write('elsewhere/copy', FILES.get('large') ?? '');
    const { code, stdout } = await client.sesame('verify', 'elsewhere/copy');
    expect(code).toBe(0);
    expect(stdout).toContain('stored as large');
  });
});

describe('no receipt', () => {
  test('for changed content: exit code 3, in whatever company', async () => {
    const changed = Buffer.from(FILES.get('large') ?? '');
    changed[100_000] = (changed[100_000] ?? 0) ^ 1;
    await client.write('large', changed);
    const { code, stdout, stderr } = await client.sesame('verify', 'small', 'large');
    expect(code).toBe(3);
    expect(stdout).toContain('✓ small');
    expect(stderr).toContain('✗ large: no receipt for this content');
  });

  test('where the log is gone, or the file, or the enrolment: exit code 3', async () => {
    expect((await client.sesame('verify', 'missing')).code).toBe(3);
    await rm(log);
    expect((await client.sesame('verify', 'small')).code).toBe(3);
    await using stranger = await V4Folder.fresh();
    await stranger.write('f', 'content');
    expect((await stranger.sesame('verify', 'f')).code).toBe(3);
  });
});

describe('a receipt that is forged', () => {
  const forged = Buffer.from('never sent');
  const claim = { size: forged.length, sha256: createHash('sha256').update(forged).digest('hex') };

  test('made of a good one for content that was never sent: exit code 7', async () => {
    await client.write('forged', forged);
    await keep(withLine(3, claiming(claim)));
    const { code, stdout, stderr } = await client.sesame('verify', 'forged');
    expect(code).toBe(7);
    expect(stdout).toBe('');
    expect(stderr).toContain('✗ forged: receipt 4: ');
  });

  test('in the chain: exit code 7, also for another file', async () => {
    for (const index of [0, 2, 3]) {
      await keep(withLine(index, claiming(claim)));
      const run = await client.json('verify', 'large');
      expect(run.code, `line ${index}`).toBe(7);
      expect(kindsOf(run).join()).toMatch(/fork|bad-signature/);
    }
  });

  test('with the signature of another one: exit code 7', async () => {
    const other = JSON.parse(kept[0] ?? '') as KeptReceipt;
    await keep(withLine(3, ({ receipt }) => ({ receipt, signature: other.signature })));
    const run = await client.json('verify', 'last');
    expect(run.code).toBe(7);
    expect(kindsOf(run)).toEqual(['bad-signature']);
  });

  test('of another server: exit code 7', async () => {
    const server = Buffer.alloc(32, 'x').toString('base64url');
    await keep([...kept, ...withLine(3, claiming({ server })).slice(3)]);
    const run = await client.json('verify', 'small');
    expect(run.code).toBe(7);
    expect(kindsOf(run)).toEqual(['foreign']);
  });

  test('one that is missing from the chain is a warning', async () => {
    await keep([...kept.slice(0, 1), ...kept.slice(2)]);
    const run = await client.json('verify', 'small');
    expect(run.code).toBe(0);
    expect(kindsOf(run)).toEqual(['gap']);
    expect((await client.sesame('verify', 'small')).stderr).toContain('warning: receipt 2 is not kept here');
  });

  test('a line that cannot be read: exit code 1; one that was never written to its end counts as none', async () => {
    await appendFile(log, '{"receipt":"cut o');
    expect((await client.sesame('verify', 'small')).code).toBe(0);
    await keep([...kept, 'noise']);
    const run = await client.json('verify', 'small');
    expect(run.code).toBe(1);
    expect(kindsOf(run)).toEqual(['damaged']);
  });
});

describe('--receipt DIR', () => {
  const proof = 'proof of it';

  /** Runs a line as somebody does who has copied it from the output. */
  async function shell(line: string): Promise<{ code: number | null; output: string }> {
    const { code, stdout, stderr } = await Program.run('bash', ['-c', line], { cwd: client.path });
    return { code, output: stdout + stderr };
  }

  test.for([...FILES.keys()])('stock ssh-keygen takes what is written for "%s"', async (name) => {
    const { code, stdout, stderr } = await client.sesame('verify', name, '--receipt', proof);
    expect(code, stderr).toBe(0);
    const line = stdout.split('\n').find((text) => text.startsWith('ssh-keygen -Y verify ')) ?? 'none';
    const checked = await shell(line);
    expect(checked.code, checked.output).toBe(0);
    expect(checked.output).toContain('Good "sesame-receipt" signature');
    const { events } = await client.json('verify', name, '--receipt', proof);
    expect(events[0]?.command).toBe(line);
    const written = await readFile(client.at(`${proof}/${name}.receipt.json`));
    expect(parseReceipt(written)).toMatchObject({ path: name, size: FILES.get(name)?.length });
  });

  test('and refuses it changed, or with the key of somebody else', async () => {
    const { events } = await client.json('verify', 'small', '--receipt', proof);
    const line = events[0]?.command ?? 'none';
    const text = await readFile(client.at(`${proof}/small.receipt.json`), 'utf8');
    await client.write(`${proof}/small.receipt.json`, text.replace('"size":7', '"size":8'));
    expect((await shell(line)).code).not.toBe(0);
    await client.write(`${proof}/small.receipt.json`, text);
    expect((await shell(line)).code).toBe(0);
    expect((await shell('ssh-keygen -q -t ed25519 -N "" -f other')).code).toBe(0);
    const key = (await readFile(client.at('other.pub'), 'utf8')).split(' ').slice(0, 2).join(' ');
    const signers = `sesame-receipt namespaces="sesame-receipt" ${key}\n`;
    await client.write(`${proof}/allowed_signers`, signers);
    expect((await shell(line)).code).not.toBe(0);
  });

  test('nothing is written for content that has no receipt', async () => {
    await client.write('unknown', 'never sent');
    expect((await client.sesame('verify', 'unknown', '--receipt', 'no proof')).code).toBe(3);
    expect(await readdir(client.path)).not.toContain('no proof');
  });
});
