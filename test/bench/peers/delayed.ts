import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

const PROXY = fileURLToPath(new URL('../../support/delay-proxy.ts', import.meta.url));

/** A port of our own that leads to a server as if it were far off. */
export class Delayed implements Disposable {
  readonly port: number;
  readonly #child: ChildProcess;

  private constructor(port: number, child: ChildProcess) {
    this.port = port;
    this.#child = child;
  }

  /** `delay` is in milliseconds, for each direction. */
  static async start(port: number, delay: number): Promise<Delayed> {
    const child = spawn(process.execPath, [PROXY, `${port}`, `${delay}`], {
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    process.once('exit', () => child.kill());
    const [line] = (await once(child.stdout, 'data')) as [Buffer];
    return new Delayed(Number(line.toString()), child);
  }

  [Symbol.dispose](): void {
    this.#child.kill();
  }
}
