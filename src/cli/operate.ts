import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { SesameError } from '../base/errors.ts';
import { askServer } from '../control/control-client.ts';
import type { ControlRequest } from '../control/control-protocol.ts';
import { carryOut } from '../control/operations.ts';
import { controlSocketPath, DATABASE_FILE, DataFolder } from '../storage/data-folder.ts';
import { Database } from '../storage/database.ts';

/** Asks the server that runs on a data folder, or does it on the folder itself where none runs. */
export async function operate(dataDir: string, request: ControlRequest): Promise<unknown> {
  try {
    return await askServer(controlSocketPath(dataDir), request);
  } catch (error) {
    if (!(error instanceof SesameError) || error.code !== 'no-server') throw error;
  }
  if (!existsSync(join(dataDir, DATABASE_FILE))) {
    throw new SesameError('not-found', `${dataDir} is no data folder of a server: give it with --data-dir`);
  }
  using folder = new DataFolder(dataDir);
  await using database = await Database.open(folder.database);
  return await carryOut(request, database.clients);
}
