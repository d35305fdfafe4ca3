// Over control.sock, as an operator's sub-commands speak with a server.
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';

/** Asks a running server, as the sub-commands do it, without starting one. */
export async function operate(server: { readonly dataDir: string }, request: object): Promise<unknown> {
  const socket = connect(join(server.dataDir, 'control.sock'));
  try {
    const reply = (await answerTo(socket, request)) as { value?: unknown; error?: { message: string } };
    if (reply.error) throw new Error(reply.error.message);
    return reply.value;
  } finally {
    socket.destroy();
  }
}

async function answerTo(socket: Socket, request: object): Promise<unknown> {
  socket.setEncoding('utf8').write(`${JSON.stringify(request)}\n`);
  let text = '';
  while (!text.includes('\n')) {
    const [chunk] = (await once(socket, 'data')) as [string];
    text += chunk;
  }
  return JSON.parse(text);
}
