import { existsSync } from 'node:fs';
import { SesameError } from '../base/errors.ts';
import { askServer } from '../control/control-client.ts';
import type { ControlRequest } from '../control/control-protocol.ts';
import { carryOut } from '../control/operations.ts';
import { controlSocketPath, DataFolder } from '../storage/data-folder.ts';
import { Database } from '../storage/database.ts';

/** Asks the server that runs on a data folder, or does it on the folder itself where none runs. */
export async function operate(dataDir: string, request: ControlRequest): Promise<unknown> {
  try {
    return await askServer(controlSocketPath(dataDir), request);
  } catch (error) {
    if (!(error instanceof SesameError) || error.code !== 'no-server') throw error;
  }
  if (!existsSync(dataDir)) {
    throw new SesameError(
      'not-found',
      `there is no data folder at ${dataDir}: give the server's with --data-dir`,
    );
  }
  using folder = new DataFolder(dataDir);
  await using database = await Database.open(folder.database);
  return await carryOut(request, database.clients);
}
