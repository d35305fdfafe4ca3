/** The program that `sesamed gate helper` starts: a helper on a socket that listens already (docs/GATE.md 3). */
import { once } from 'node:events';
import type { Duplex } from 'node:stream';
import { SesameError } from '../base/errors.ts';
import { listenOnDescriptor } from '../control/gate-socket.ts';
import { complain, helperMain } from '../gate/helper/helper-main.ts';

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

/** Whether the program that started this one says so, and is not just gone. */
const toldToStop = new Promise<boolean>((resolve) => {
  process.stdin.once('data', () => resolve(true)).once('end', () => resolve(false));
});

await helperMain(async (requests, { listen }) => {
  if (listen === undefined)
    throw new SesameError('bad-setting', 'this program is started by "sesamed gate helper"');
  const streams = new Set<Duplex>();
  const server = await listenOnDescriptor(listen, (stream) => {
    streams.add(stream);
    stream.on('error', () => stream.destroy());
    stream.once('close', () => streams.delete(stream));
    void requests.serve(stream);
  });
  complain('The rules stand.');
  const isOrderly = await toldToStop;
  const closed = once(server.close(), 'close');
  for (const stream of streams) stream.destroy();
  await closed;
  // Where it was killed, the rules stay: what they let in ends by itself.
  if (isOrderly) await requests.stop();
});
