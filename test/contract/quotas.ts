import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { Machine } from '../../src/transfer/machine-ports.ts';
import type { Claimed, OverQuota, StorageRules } from '../../src/transfer/upload-ports.ts';
import {
  addClient,
  addMachine,
  aFile,
  facts,
  newId,
  rules,
  verify,
  version,
  type OpenTables,
  type Tables,
} from './tables.ts';

const MiB = 1024 * 1024;
/** The largest quota of the property. */
const MOST = 150;

let records = 1_000_000;

const upTo = (maxBytes: number, changes: Partial<StorageRules> = {}): StorageRules =>
  rules('replace', { maxBytes, ...changes });

/** What every ledger must hold to, whoever stores what at the same time. */
export function quotasContract(open: OpenTables): void {
  describe('quotas', () => {
    let tables: Tables;
    let alice: Machine;
    beforeEach(async () => {
      tables = await open();
      alice = await addMachine(tables, 'Alice');
    });
    afterEach(() => tables[Symbol.asyncDispose]());

    const usage = async () => (await tables.policies.usageOf('alice')) ?? expect.unreachable();
    const claimed = async (): Promise<number> => (await usage()).claimedBytes;
    const begin = (path: string, size: number | null, held: StorageRules) =>
      tables.uploads.begin(alice.row, facts(path, { size }), newId().join('-'), held, 1000);
    const rowOf = async (begun: ReturnType<typeof begin>): Promise<number> => {
      const outcome = await begun;
      return outcome.verdict === 'claimed' ? outcome.upload.row : expect.unreachable();
    };
    const put = async (path: string, size: number, held: StorageRules, machine = alice) => {
      const file = { ...version(path, `${size}`, { size }), rules: held, extends: null };
      const journaled = { ...file, clientRow: machine.row, record: (records += 1) };
      return (await tables.uploads.commitJournaled([journaled], 2000))[0];
    };
    const intend = async (row: number, path: string, size: number, held: StorageRules) => {
      const file = { ...version(path, `${size}`, { size }), rules: held, extends: null, row };
      return (await tables.uploads.recordIntents([file]))[0];
    };

    it('count what is stored and what is announced: exactly, and one byte over', async () => {
      await put('a', 40, upTo(100));
      await rowOf(begin('b', 50, upTo(100)));
      expect(await begin('c', 11, upTo(100))).toEqual({
        ...{ verdict: 'over-quota', limit: 'max-bytes', most: 100, used: 40, underWay: 50, needs: 11 },
      });
      expect(await put('c', 11, upTo(100))).toMatchObject({ verdict: 'over-quota', used: 40, underWay: 50 });
      expect(await put('c', 10, upTo(100))).toMatchObject({ verdict: 'committed' });
      expect(await usage()).toMatchObject({ bytes: 50, files: 2, claimedBytes: 50, claimedFiles: 1 });
    });

    it('count files likewise', async () => {
      const two = rules('replace', { maxFiles: 2 });
      await put('a', 0, two);
      await rowOf(begin('b', null, two));
      expect(await put('c', 0, two)).toMatchObject({ limit: 'max-files', most: 2, used: 1, underWay: 1 });
      expect(await put('a', 9, two), 'in the place of another').toMatchObject({ verdict: 'committed' });
    });

    it('count of a file that takes a place only what it has more, unless the older one is kept', async () => {
      await put('a', 90, upTo(100));
      expect(await put('a', 100, upTo(100))).toMatchObject({ verdict: 'committed' });
      expect(await put('a', 101, upTo(100))).toMatchObject({ verdict: 'over-quota', needs: 1 });
      const keeps = rules('version', { maxBytes: 100 });
      expect(await put('a', 1, keeps)).toMatchObject({ verdict: 'over-quota', needs: 1 });
      expect(await put('a', 1, upTo(100))).toMatchObject({ verdict: 'committed' });
      expect(await put('a', 2, keeps)).toMatchObject({ verdict: 'committed' });
      expect(await usage()).toMatchObject({ bytes: 3, files: 2 });
    });

    it('take nothing away where they became smaller, and admit what needs no more', async () => {
      await put('a', 90, upTo(100));
      const row = await rowOf(begin('b', 10, upTo(100)));
      expect(await intend(row, 'b', 10, upTo(1)), 'it was admitted').toMatchObject({ verdict: 'go' });
      expect(await put('a', 89, upTo(1))).toMatchObject({ verdict: 'committed' });
      expect(await put('c', 1, upTo(1))).toMatchObject({ verdict: 'over-quota' });
    });

    it('get back what was announced when only a little of it came', async () => {
      const row = await rowOf(begin('a', 2 ** 30, upTo(2 ** 30)));
      expect(await claimed()).toBe(2 ** 30);
      await tables.uploads.park([{ row, came: 10 }]);
      expect(await usage()).toMatchObject({ claimedBytes: 10, claimedFiles: 1 });
      await put('b', 2 ** 30 - 10, upTo(2 ** 30));
      expect(await tables.uploads.resume(row, 10, upTo(2 ** 30), 1)).toMatchObject({ verdict: 'over-quota' });
      expect(await claimed()).toBe(10);
      await tables.uploads.drop(row);
      expect(await usage()).toMatchObject({ claimedBytes: 0, claimedFiles: 0 });
    });

    it('are claimed in steps where the size is not known', async () => {
      const row = await rowOf(begin('a', null, rules()));
      expect(await claimed(), 'without a limit').toBe(64 * MiB);
      expect(await tables.uploads.claim(row, 64 * MiB + 1, upTo(2 ** 40))).toEqual({
        ...{ verdict: 'claimed', bytes: 128 * MiB + 1 },
      });
      const small = upTo(130 * MiB);
      expect(await tables.uploads.claim(row, 129 * MiB, small)).toMatchObject({
        bytes: 129 * MiB + MiB / 8,
      });
      expect(await tables.uploads.claim(row, 130 * MiB + 1, small)).toMatchObject({ verdict: 'over-quota' });
      expect(await claimed()).toBe(129 * MiB + MiB / 8);
      expect(await intend(row, 'a', 100, small)).toMatchObject({ verdict: 'go' });
      expect(await claimed()).toBe(100);
    });

    it('leave room for others to begin beside one whose size is not known', async () => {
      await rowOf(begin('a', null, upTo(100 * MiB)));
      expect(await claimed()).toBe(12.5 * MiB);
      await rowOf(begin('b', null, upTo(100 * MiB)));
    });

    it('see a deletion under an upload that was to take the place', async () => {
      await put('a', 90, upTo(100));
      const row = await rowOf(begin('a', 100, upTo(100)));
      expect(await claimed()).toBe(10);
      await tables.deletions.record(alice.row, 'a');
      await tables.deletions.finish(alice.row, 'a');
      expect(await usage()).toMatchObject({ bytes: 0, files: 0, claimedBytes: 100, claimedFiles: 1 });
      expect(await put('b', 1, upTo(100))).toMatchObject({ verdict: 'over-quota' });
      await intend(row, 'a', 100, upTo(100));
      await tables.uploads.commitIntents([row], 1);
      expect(await usage()).toMatchObject({ bytes: 100, files: 1, claimedBytes: 0, claimedFiles: 0 });
    });

    it('count in full what is parked, whatever stands at its place', async () => {
      await put('a', 100, upTo(100));
      const row = await rowOf(begin('a', 100, upTo(100)));
      expect(await claimed()).toBe(0);
      await tables.uploads.park([{ row, came: 70 }]);
      expect(await usage()).toMatchObject({ bytes: 100, claimedBytes: 70, claimedFiles: 1 });
      expect(await put('b', 1, upTo(150))).toMatchObject({ verdict: 'over-quota', underWay: 70 });
      expect(await tables.uploads.resume(row, 70, upTo(100), 1)).toMatchObject({ verdict: 'claimed' });
      expect(await claimed()).toBe(0);
    });

    it.for(['replace', 'version'] as const)('see another file take the place (%s)', async (conflict) => {
      await put('a', 90, upTo(200));
      const row = await rowOf(begin('a', 90, upTo(200)));
      expect(await claimed()).toBe(0);
      const file = (path: string, size: number, kind: 'replace' | 'version') => ({
        ...version(path, `${size}`, { size }),
        ...{ rules: rules(kind, { maxBytes: 200 }), extends: null },
        ...{ clientRow: alice.row, record: (records += 1) },
      });
      // In one transaction.
      const both = [file('a', 1, conflict), file('b', 115, 'replace')];
      const verdicts = (await tables.uploads.commitJournaled(both, 1)).map(({ verdict }) => verdict);
      expect(await claimed()).toBe(90);
      expect(verdicts).toEqual(['committed', 'over-quota']);
      expect(await intend(row, 'a', 90, upTo(200))).toMatchObject({ verdict: 'go' });
    });

    it('see another file take the place of a v3 file that nobody has confirmed', async () => {
      const row = await addClient(tables, 'old');
      await verify(tables, aFile(row, 'f', { size: 60 }));
      await tables.ledger.recordPending(aFile(row, 'f', { size: 60 }), upTo(100), 1);
      expect(await tables.policies.usageOf('old')).toMatchObject({ claimedBytes: 0 });
      await tables.deletions.record(row, 'f');
      expect(await tables.policies.usageOf('old')).toMatchObject({ bytes: 0, claimedBytes: 60 });
    });

    it('go with the name of a revoked client, as its files do', async () => {
      await put('a', 90, upTo(100));
      await tables.machines.revoke('alice');
      const [hash, machine] = [new Uint8Array(32).fill(7), { id: newId(), spki: new Uint8Array(32).fill(8) }];
      const token = { hash, name: 'Alice', nameKey: 'alice', writeOnly: false, expiresAt: 9000 };
      await tables.machines.addToken(token, 1000, 1);
      const next = (await tables.machines.joinByToken(machine, hash, 2000)) ?? expect.unreachable();
      expect(await put('b', 11, upTo(100), next)).toMatchObject({ verdict: 'over-quota', used: 90 });
      expect(await tables.policies.usageOf('alice.~1~')).toMatchObject({ bytes: 0, files: 0 });
    });

    it('count v3 files that nobody has confirmed', async () => {
      const row = await addClient(tables, 'old');
      const file = aFile(row, 'f', { size: 60 });
      expect(await tables.ledger.recordPending(file, upTo(100), 1)).toMatchObject({ verdict: 'pending' });
      const other = aFile(row, 'g', { size: 41 });
      expect(await tables.ledger.roomFor(other, upTo(100))).toMatchObject({ underWay: 60, needs: 41 });
      expect(await tables.ledger.recordPending(other, upTo(100), 1)).toMatchObject({ verdict: 'over-quota' });
      const again = aFile(row, 'f', { size: 100 });
      expect(await tables.ledger.recordPending(again, upTo(100), 1)).toMatchObject({
        replaced: file.temporaryName,
      });
      const open = (await tables.ledger.findOpen(row, 'f')) ?? expect.unreachable();
      await tables.ledger.recordWaiting(open.row);
      expect(await tables.policies.usageOf('old')).toMatchObject({ claimedBytes: 0, claimedFiles: 0 });
      await verify(tables, aFile(row, 'f', { size: 70 }));
      expect(await tables.policies.usageOf('old')).toMatchObject({ bytes: 70, claimedBytes: 0 });
      expect(await tables.ledger.recordPending(aFile(row, 'f', { size: 101 }), upTo(100), 1)).toMatchObject({
        needs: 31,
      });
      expect(await tables.ledger.recordPending(aFile(row, 'f', { size: 100 }), upTo(100), 1)).toMatchObject({
        verdict: 'pending',
      });
    });

    it('are never passed, whatever comes in whatever order', async () => {
      const size = fc.integer({ min: 0, max: 60 });
      const path = fc.constantFrom('a', 'b', 'c', 'd');
      const conflict = fc.constantFrom('replace', 'version', 'refuse');
      const step = fc.oneof(
        fc.record({ do: fc.constant('begin' as const), path, size: fc.option(size), conflict }),
        fc.record({ do: fc.constant('claim' as const), path, size }),
        fc.record({ do: fc.constant('resume' as const), path, size }),
        fc.record({ do: fc.constant('park' as const), path, size }),
        fc.record({ do: fc.constant('commit' as const), path, size, conflict }),
        fc.record({ do: fc.constant('drop' as const), path }),
        fc.record({ do: fc.constant('put' as const), path, size, conflict }),
        fc.record({ do: fc.constant('delete' as const), path }),
        fc.record({ do: fc.constant('quota' as const), bytes: fc.integer({ min: 0, max: MOST }) }),
      );
      await fc.assert(
        fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
          await using fresh = await open();
          const machine = await addMachine(fresh, 'Alice');
          const { uploads, deletions, policies } = fresh;
          let most = 100;
          let total = 0;
          let totalFiles = 0;
          const granted = new Map<number, number>();
          const note = (row: number, claim: Claimed | OverQuota): void => {
            if (claim.verdict === 'claimed') granted.set(row, claim.bytes);
          };
          const rulesOf = (kind: StorageRules['conflict'] = 'replace') =>
            rules(kind, { maxBytes: most, maxFiles: 6 });
          const content = (at: string, bytes: number, kind: StorageRules['conflict']) => ({
            ...version(at, `${bytes}`, { size: bytes }),
            ...{ rules: rulesOf(kind), extends: null },
          });
          for (const one of steps) {
            if (one.do === 'quota') {
              most = one.bytes;
              continue;
            }
            const open = await uploads.findUpload(machine.row, one.path);
            switch (one.do) {
              case 'begin': {
                if (open) break;
                const said = facts(one.path, { size: one.size });
                const held = rulesOf(one.conflict);
                const begun = await uploads.begin(machine.row, said, newId().join('-'), held, 1);
                if (begun.verdict === 'claimed') note(begun.upload.row, begun);
                break;
              }
              case 'claim':
                if (open?.size === null) note(open.row, await uploads.claim(open.row, one.size, rulesOf()));
                break;
              case 'resume': {
                if (!open) break;
                const came = Math.min(one.size, granted.get(open.row) ?? 0);
                note(open.row, await uploads.resume(open.row, came, rulesOf(), 1));
                break;
              }
              case 'park': {
                // No more came than was claimed.
                const came = Math.min(one.size, granted.get(open?.row ?? 0) ?? 0);
                if (!open) break;
                await uploads.park([{ row: open.row, came }]);
                granted.set(open.row, came);
                break;
              }
              case 'commit': {
                if (!open) break;
                const file = { ...content(one.path, open.size ?? one.size, one.conflict), row: open.row };
                const [admission] = await uploads.recordIntents([file]);
                if (admission?.verdict === 'go') await uploads.commitIntents([open.row], 1);
                else await uploads.drop(open.row);
                break;
              }
              case 'drop':
                if (open) await uploads.drop(open.row);
                break;
              case 'put': {
                const file = content(one.path, one.size, one.conflict);
                await uploads.commitJournaled(
                  [{ ...file, clientRow: machine.row, record: (records += 1) }],
                  1,
                );
                break;
              }
              case 'delete':
                await deletions.record(machine.row, one.path).catch(() => undefined);
                await deletions.finish(machine.row, one.path);
                break;
            }
            // A version that goes, and an upload that is parked, take credit that had been given.
            const losesCredit = one.do === 'park' || one.do === 'delete' || (one.do === 'put' && open);
            const used = (await policies.usageOf('alice')) ?? expect.unreachable();
            const now = used.bytes + used.claimedBytes;
            // What grows stays within the quota; what was within an older one may stay.
            if (now > total && !losesCredit) expect(now).toBeLessThanOrEqual(most);
            total = now;
            const listed = await uploads.list(machine.row, '', '', 1000);
            // Every credit is that of a version that stands, which is counted itself: together they are at most twice that.
            const sizeAt = new Map(listed.map((entry) => [entry.path, entry.size]));
            const underWay = await uploads.listUploads();
            const came = underWay.map(({ row, path: at }) => ({ bytes: granted.get(row) ?? 0, at }));
            const least = came.map(({ bytes, at }) => Math.max(0, bytes - (sizeAt.get(at) ?? 0)));
            expect(used.claimedBytes).toBeGreaterThanOrEqual(least.reduce((sum, bytes) => sum + bytes, 0));
            const onDisk = used.bytes + came.reduce((sum, { bytes }) => sum + bytes, 0);
            expect(onDisk).toBeLessThanOrEqual(2 * MOST);
            const sizes = listed.map((entry) => entry.size);
            expect(used.bytes).toBe(sizes.reduce((sum, bytes) => sum + bytes, 0));
            expect(used.files).toBe(sizes.length);
            const files = used.files + used.claimedFiles;
            if (files > totalFiles && !losesCredit) expect(files).toBeLessThanOrEqual(6);
            totalFiles = files;
            expect(used.claimedFiles).toBeGreaterThanOrEqual(0);
            expect(used.claimedBytes).toBeGreaterThanOrEqual(0);
          }
          for (const open of await uploads.listUploads()) await uploads.drop(open.row);
          expect(await policies.usageOf('alice')).toMatchObject({ claimedBytes: 0, claimedFiles: 0 });
        }),
        { numRuns: 60 },
      );
    }, 120_000);
  });
}
