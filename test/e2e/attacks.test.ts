// Honest uploads beside an attack at full speed: how long they take is measured by `npm run bench -- attack`.
import { expect, test } from 'vitest';
import { AttackedServer, type Attack } from '../support/attacked-server.ts';

const TIME = 2000;

test.for<Attack>(['transfer', 'http', 'knock'])(
  'uploads all succeed while somebody floods: %s',
  { timeout: 60_000 },
  async (attack) => {
    await using attacked = await AttackedServer.start(attack);
    await using attacker = await attacked.attack(attack);
    const uploads = await Promise.all([attacked.upload('ada', TIME), attacked.upload('bob', TIME)]);
    const { stdout } = await attacker.stop('SIGTERM');
    expect(Number(stdout.split('\n')[1]), 'attempts').toBeGreaterThan(100);
    for (const took of uploads) expect(took.length).toBeGreaterThanOrEqual(20);
    expect(attacked.server.running).toBe(true);
    expect(await attacked.server.stop()).toBe(0);
  },
);
