// A crash between two steps: from the given call on, nothing reaches the database or the disk any more.
import type { IncomingUpload } from '../../src/transfer/ports.ts';
import type { Ports } from './engine.ts';

export class Crash extends Error {}

type Method = (...args: unknown[]) => unknown;

export class CrashingPorts {
  /** The calls so far, by name. */
  readonly steps: string[] = [];
  #cutAt = Infinity;

  get crashed(): boolean {
    return this.steps.length > this.#cutAt;
  }

  /** Lets so many more calls through. */
  cutAfter(calls: number): void {
    this.steps.length = 0;
    this.#cutAt = calls;
  }

  readonly wrap = ({ directory, ledger, files }: Ports): Ports => ({
    directory: this.#guard(directory),
    ledger: this.#guard(ledger),
    files: this.#guard(files, async (upload) => this.#upload((await upload) as IncomingUpload)),
  });

  #upload(upload: IncomingUpload): IncomingUpload {
    return {
      write: (chunk) => upload.write(chunk),
      finish: async () => {
        this.#step('finish');
        return upload.finish();
      },
      keep: () => {
        this.#step('keep');
        upload.keep();
      },
      [Symbol.asyncDispose]: async () => {
        // Whoever is dead clears nothing away.
        if (!this.crashed) await upload[Symbol.asyncDispose]();
      },
    };
  }

  #guard<Port extends object>(port: Port, onReceive = (upload: unknown): unknown => upload): Port {
    return new Proxy(port, {
      get: (target, name) => {
        const method = Reflect.get(target, name) as Method;
        return async (...args: unknown[]) => {
          this.#step(String(name));
          const result = method.apply(target, args);
          return name === 'receive' ? onReceive(result) : result;
        };
      },
    });
  }

  #step(name: string): void {
    this.steps.push(name);
    if (this.crashed) throw new Crash(`crashed at ${name}`);
  }
}
