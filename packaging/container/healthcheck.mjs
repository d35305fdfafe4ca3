/**
 * Whether the server in this container takes requests: exit code 0 if its /readyz says so. The certificate is not
 * looked at: who answers on loopback is the server itself, or somebody who is inside already.
 */
import { request as plainRequest } from 'node:http';
import { request as tlsRequest } from 'node:https';
import process from 'node:process';

const TIMEOUT_MS = 4000;
const port = Number(process.env.SESAME_HTTP_PORT ?? 8357);

function isReady(request) {
  return new Promise((resolve) => {
    const options = {
      host: '127.0.0.1',
      port,
      path: '/readyz',
      timeout: TIMEOUT_MS,
      rejectUnauthorized: false,
    };
    const asked = request(options, (answer) => {
      answer.resume();
      resolve(answer.statusCode === 200);
    });
    asked.on('timeout', () => asked.destroy()).on('error', () => resolve(false));
    asked.end();
  });
}

// Which of the two it speaks, the settings say (http.tls).
process.exitCode = (await isReady(tlsRequest)) || (await isReady(plainRequest)) ? 0 : 1;
