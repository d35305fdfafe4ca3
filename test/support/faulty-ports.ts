// Ports of which single methods can be made to fail, or to let something happen first.
import type { Ports } from './engine.ts';

type Method = (...args: unknown[]) => unknown;

/** What happens before the call goes on to the real port; it goes no further where that throws. */
export type Before = () => Promise<unknown>;

type MethodName = keyof Ports['directory'] | keyof Ports['ledger'] | keyof Ports['files'];

export class FaultyPorts {
  readonly #before = new Map<string, Before>();

  /** From now on, until `heal`. */
  before(method: MethodName, happens: Before): void {
    this.#before.set(method, happens);
  }

  heal(): void {
    this.#before.clear();
  }

  readonly wrap = ({ directory, ledger, files }: Ports): Ports => ({
    directory: this.#guard(directory),
    ledger: this.#guard(ledger),
    files: this.#guard(files),
  });

  #guard<Port extends object>(port: Port): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as Method;
        return async (...args: unknown[]) => {
          await this.#before.get(String(name))?.();
          return method.apply(target, args);
        };
      },
    });
  }
}
