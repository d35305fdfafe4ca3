import { SesameError } from '../base/errors.ts';
import type { ClientDirectory, ClientSummary } from '../transfer/ports.ts';
import { clientNameKey } from '../transfer/storage-path.ts';
import type { ControlRequest } from './control-protocol.ts';

/** A client as `sesamed clients ls` shows it; also its JSON. Times are ISO 8601. */
export interface ClientListing {
  readonly name: string;
  readonly id: string;
  readonly state: 'keyed' | 'registered';
  readonly registered: string;
  readonly last_seen: string;
  readonly crc: string;
  readonly files: number;
  readonly bytes: number;
}

/** What an operator can ask for, of a running server or of the folder itself. */
export async function carryOut(request: ControlRequest, clients: ClientDirectory): Promise<unknown> {
  switch (request.op) {
    case 'clients.ls':
      return (await clients.list()).map(toListing);
    case 'clients.reset':
      if (await clients.reset(clientNameKey(request.name))) return { reset: request.name };
      throw new SesameError(
        'not-found',
        `no client is called "${request.name}": sesamed clients ls shows them all`,
      );
  }
}

function toListing(client: ClientSummary): ClientListing {
  return {
    name: client.name,
    id: Buffer.from(client.id).toString('hex'),
    state: client.hasKey ? 'keyed' : 'registered',
    registered: new Date(client.registeredAt).toISOString(),
    last_seen: new Date(client.lastSeenAt).toISOString(),
    crc: client.crc,
    files: client.verifiedFiles,
    bytes: client.verifiedBytes,
  };
}
