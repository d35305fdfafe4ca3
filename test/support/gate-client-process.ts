// What a client, or a stranger, tries: connect HOST PORT [LOCAL-PORT] | leave HOST PORT LOCAL-PORT | pause HOST PORT |
// hold HOST PORT | knock HOST PORT
import { createSocket } from 'node:dgram';
import { connect } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const [what = '', host = '', port = '', localPort] = process.argv.slice(2);

function say(text: string): void {
  process.stdout.write(`${text}\n`);
}

/** A connection and its first echo, within a second. */
function tryOnce(): void {
  const from = localPort === undefined ? {} : { localPort: Number(localPort) };
  const socket = connect({ host, port: Number(port), ...from });
  const end = (text: string): void => {
    say(text);
    if (what === 'leave') socket.resetAndDestroy();
    else process.exit();
  };
  socket.on('connect', () => socket.write('x'));
  socket.on('data', () => end('echo'));
  socket.on('error', (error) => end((error as NodeJS.ErrnoException).code ?? error.message));
  setTimeout(() => end('nothing'), 1000).unref();
}

/** A connection that is quiet for a while. */
async function pause(): Promise<void> {
  const socket = connect({ host, port: Number(port) });
  let echoes = 0;
  socket.on('data', () => (echoes += 1));
  socket.write('x');
  await sleep(2500);
  const before = echoes;
  socket.write('x');
  await sleep(1000);
  say(`${before > 0 ? 'echo' : 'nothing'} ${echoes > before ? 'echo' : 'nothing'}`);
  process.exit();
}

/** A connection that speaks every 50 ms, and says so when it is answered. */
async function hold(): Promise<void> {
  const socket = connect({ host, port: Number(port) });
  socket.on('data', () => say('echo'));
  for (;;) {
    socket.write('x');
    await sleep(50);
  }
}

/** Two datagrams: the answer to the first, if there is one, makes the second fail. */
function knock(): void {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4');
  socket.on('error', (error) => {
    say((error as NodeJS.ErrnoException).code ?? error.message);
    process.exit();
  });
  socket.connect(Number(port), host, () => {
    socket.send('x');
    setTimeout(() => socket.send('x'), 150);
    setTimeout(() => {
      say('nothing');
      process.exit();
    }, 400);
  });
}

if (what === 'hold') void hold();
else if (what === 'pause') void pause();
else if (what === 'knock') knock();
else tryOnce();
