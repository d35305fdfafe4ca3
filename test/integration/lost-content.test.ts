import { rm } from 'node:fs/promises';
import { expect, it } from 'vitest';
import { SesameError } from '../../src/base/errors.ts';
import { EngineBench } from '../support/engine-bench.ts';
import { FaultyPorts } from '../support/faulty-ports.ts';
import { outcome } from '../support/outcome.ts';

it('a confirmed file whose content is gone from incoming/ does not keep its path for ever', async () => {
  await using bench = await EngineBench.create();
  const faults = new FaultyPorts();
  await using engine = await bench.open({ wrap: faults.wrap });
  const client = await engine.enrol('alice');
  await engine.send(client, 'f', Buffer.from('confirmed, and then lost'));
  faults.before('publish', () => Promise.reject(new SesameError('storage-failed', 'the disk has a fault')));
  expect(await outcome(engine.confirm(client, 'f'))).toBe('storage-failed');
  faults.heal();
  for (const name of await engine.incoming()) await rm(bench.path('incoming', name));
  await engine.recover();

  const next = Buffer.from('the client sends it again');
  await engine.send(client, 'f', next);
  await engine.confirm(client, 'f');
  expect(await engine.stored('alice', 'f')).toEqual(next);
});
