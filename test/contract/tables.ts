// What the contract suites of the database ports need, and what they make rows of.
import type { ClientDirectory, FileLedger, ReceivedFile, RowId } from '../../src/transfer/ports.ts';

/** Both ports over one empty database. */
export interface Tables extends AsyncDisposable {
  readonly directory: ClientDirectory;
  readonly ledger: FileLedger;
}

export type OpenTables = () => Promise<Tables>;

/** A time at which nobody is dead. */
export const LONG_AGO = 1;

let lastId = 0;

export function newId(): Uint8Array {
  lastId += 1;
  const id = new Uint8Array(16).fill(0x11);
  new DataView(id.buffer).setUint32(0, lastId);
  return id;
}

export async function addClient({ directory }: Tables, name: string, now = 1000): Promise<RowId> {
  const id = newId();
  if (!(await directory.register({ id, name, nameKey: name.toLowerCase() }, now, LONG_AGO))) {
    throw new Error(`${name} is taken`);
  }
  const client = await directory.find(id);
  if (!client) throw new Error(`${name} is not there`);
  return client.row;
}

export function aFile(clientRow: RowId, path: string, changes: Partial<ReceivedFile> = {}): ReceivedFile {
  lastId += 1;
  return {
    clientRow,
    name: `C:\\${path}`,
    path,
    temporaryName: `temporary-${lastId}`,
    form: 'plaintext',
    size: 19,
    crc32: 0xcc5a2453,
    crc: 'zlib-ciphertext',
    wireCrc: Uint8Array.of(0x11, 0x1a, 0xa9, 0x26),
    ...changes,
  };
}

/** Takes a new file to its verified row. */
export async function verify({ ledger }: Tables, file: ReceivedFile, now = 2000): Promise<void> {
  await ledger.recordPending(file, now);
  const open = await ledger.findOpen(file.clientRow, file.path);
  if (!open) throw new Error('the file is not open');
  await ledger.recordIntent(open.row);
  await ledger.recordVerified(open.row, now);
}
