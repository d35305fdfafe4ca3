import { setImmediate } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { PathHolders, type Holder } from '../../../src/transfer/path-holders.ts';

class Upload implements Holder {
  superseded = 0;
  readonly #over = Promise.withResolvers<undefined>();

  get over(): Promise<unknown> {
    return this.#over.promise;
  }

  supersede(): void {
    this.superseded += 1;
  }

  end(): void {
    this.#over.resolve(undefined);
  }
}

describe('PathHolders', () => {
  it('gives a free path at once, and another path beside it', async () => {
    const holders = new PathHolders();
    await holders.take('a', new Upload());
    await holders.take('b', new Upload());
  });

  it('tells the older one, and waits until it has let go', async () => {
    const holders = new PathHolders();
    const [older, newer] = [new Upload(), new Upload()];
    await holders.take('a', older);
    let taken = false;
    const taking = holders.take('a', newer).then(() => (taken = true));
    await setImmediate();
    expect([older.superseded, taken]).toEqual([1, false]);
    older.end();
    await taking;
    expect(newer.superseded).toBe(0);
  });

  it('tells one that still waits, too: the newest has the path', async () => {
    const holders = new PathHolders();
    const [first, second, third] = [new Upload(), new Upload(), new Upload()];
    await holders.take('a', first);
    const order: string[] = [];
    const waiting = [
      holders.take('a', second).then(() => {
        order.push('second');
        second.end();
      }),
      holders.take('a', third).then(() => order.push('third')),
    ];
    expect(second.superseded).toBe(1);
    first.end();
    await Promise.all(waiting);
    expect(order).toEqual(['second', 'third']);
  });

  it('forgets a holder that is over, and only that one', async () => {
    const holders = new PathHolders();
    const [first, second, third] = [new Upload(), new Upload(), new Upload()];
    await holders.take('a', first);
    const waiting = holders.take('a', second);
    first.end();
    await waiting;
    void holders.take('a', third);
    expect([first.superseded, second.superseded]).toEqual([1, 1]);
  });
});
