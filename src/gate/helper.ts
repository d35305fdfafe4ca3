/** The program that holds CAP_NET_ADMIN for the server that started it (docs/GATE.md 3); it ends when its stdin does. */
import { Duplex } from 'node:stream';
import { helperMain } from './helper/helper-main.ts';

// The signals of a terminal, and of a supervisor, come to all processes: the server says what is to become of the
// rules before it closes stdin.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => undefined);

await helperMain((requests) =>
  requests.serve(Duplex.from({ readable: process.stdin, writable: process.stdout })),
);
