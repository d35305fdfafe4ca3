import { describe, expect, it } from 'vitest';
import { SesameError } from '../../../src/base/errors.ts';
import { RESPONSE } from '../../support/v3-frames.ts';
import { ConnectionPair, fileRequest, frame, plainRequest, type Handle } from './connection-pair.ts';

const MIB = 1024 * 1024;

/** Refuses whatever has a body, and does not touch that. */
const refuseFiles: Handle = async ({ body }) =>
  body.length > 0
    ? { frame: frame(1), refusal: new SesameError('unknown-client', 'nobody') }
    : { frame: frame(2) };

describe('the body of a refused file', () => {
  it('up to 1 MiB is read for nothing, and the connection goes on', async () => {
    using pair = await ConnectionPair.open(refuseFiles);
    // What looks like requests in the body is none.
    const body = Buffer.alloc(MIB, plainRequest());
    await pair.client.send(Buffer.concat([fileRequest(MIB, body), plainRequest()]));
    expect((await pair.client.response()).payload).toEqual(Buffer.of(1));
    expect((await pair.client.response()).payload).toEqual(Buffer.of(2));
    expect(await pair.client.responseOrSilence(50)).toBeUndefined();
  });

  it('is answered before it comes', async () => {
    using pair = await ConnectionPair.open(refuseFiles);
    await pair.client.send(fileRequest(16));
    expect((await pair.client.response()).code).toBe(RESPONSE.acknowledged);
    await pair.client.send(Buffer.concat([Buffer.alloc(16), plainRequest()]));
    expect((await pair.client.response()).payload).toEqual(Buffer.of(2));
  });

  it('a byte more than 1 MiB: closed behind the answer', async () => {
    using pair = await ConnectionPair.open(refuseFiles);
    await pair.client.send(fileRequest(MIB + 1));
    expect(await pair.client.rest()).toBe(frame(1).toString('hex'));
  });

  it('closed for much that comes nevertheless: the answer is not lost by a reset', async () => {
    using pair = await ConnectionPair.open(refuseFiles);
    const sent = pair.client.send(fileRequest(8 * MIB, Buffer.alloc(8 * MIB)));
    expect(await pair.client.rest()).toBe(frame(1).toString('hex'));
    await sent;
    pair.client.end();
    await pair.client.closed;
  });

  it('counts what is left, not what was there', async () => {
    using pair = await ConnectionPair.open(async ({ body }) => {
      if (body.length === 0) return { frame: frame(2) };
      await body.pipe(() => Promise.reject(new Error('enough')), AbortSignal.timeout(10_000)).catch(() => {});
      return { frame: frame(1), refusal: new SesameError('bad-ciphertext', 'no') };
    });
    await pair.sendAndBeRead(fileRequest(MIB + 8, Buffer.alloc(8)));
    await pair.client.response();
    await pair.client.send(Buffer.concat([Buffer.alloc(MIB), plainRequest()]));
    expect((await pair.client.response()).payload).toEqual(Buffer.of(2));
  });

  it('proves nothing by being thrown away', async () => {
    using pair = await ConnectionPair.open(refuseFiles);
    await pair.client.send(fileRequest(16, Buffer.alloc(16)));
    await pair.client.response();
    await pair.client.send(fileRequest(16));
    await pair.client.response();
    expect(pair.proven).toBe(0);
  });
});
