// A program: joins openly, by `HOST PORT NAME`, or by `HOST PORT TOKEN` where TOKEN is 43 characters; prints what came of it.
import { V4Client } from './v4-client.ts';
import { outcomeOfRequest } from './v4-errors.ts';
import { newIdentity } from './v4-identity.ts';

const [host = '', port = '', way = ''] = process.argv.slice(2);
using client = await V4Client.connect(Number(port), newIdentity(), { host });
const token = /^[\w-]{43}$/.test(way) ? Buffer.from(way, 'base64url') : undefined;
console.log(await outcomeOfRequest(client.join(token ? { token } : way)));
