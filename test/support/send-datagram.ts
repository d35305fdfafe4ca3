// A process that sends one datagram, from an address of its own: `send-datagram.ts HOST PORT SOURCE HEX`.
import { createSocket } from 'node:dgram';
import { isIPv6 } from 'node:net';

const [, , host = '', port = '', source = '', hex = ''] = process.argv;
const socket = createSocket(isIPv6(host) ? 'udp6' : 'udp4');
socket.bind(0, source, () => {
  socket.send(Buffer.from(hex, 'hex'), Number(port), host, () => socket.close());
});
