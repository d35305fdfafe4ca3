// A program that speaks with the knock port over TLS: node recover-attempt.ts HOST PORT PIN [ALPN]. It prints the answer,
// or `nothing` where the connection ended without one.
import { connect } from 'node:tls';

const [host = '', port = '', pin = '', alpn = 'sesame-recover/1'] = process.argv.slice(2);
const socket = connect({ host, port: Number(port), rejectUnauthorized: false, ALPNProtocols: [alpn] });
let said = '';
socket
  .on('secureConnect', () => socket.write(`${pin}\n`))
  .on('data', (chunk: Buffer) => (said += chunk.toString()))
  .on('error', () => undefined)
  .on('close', () => {
    console.log(said.trim() || 'nothing');
  });
