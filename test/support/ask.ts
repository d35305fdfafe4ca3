import type { SimulatedClient } from './simulated-client.ts';
import { encrypt } from './v3-cryptography.ts';
import { nameField, request, REQUEST } from './v3-frames.ts';

/** The code that answers a request about the file `name`, sent with `content` where it is a 1028. */
export async function ask(
  client: SimulatedClient,
  code: number,
  name = 'f',
  content = 'content',
): Promise<number> {
  const field = nameField(name);
  const frame =
    code === REQUEST.file
      ? client.fileRequest(field, encrypt(client.aesKey, Buffer.from(content)))
      : request(code, field, { id: client.id });
  return (await client.exchange(frame)).code;
}
