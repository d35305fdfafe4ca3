import { SesameError } from '../base/errors.ts';

/** Content in flight on one connection: enough for 100 ms at a few hundred MiB a second. */
const WINDOW_BYTES = 32 * 1024 * 1024;

/** How much a client may have sent that the server has not taken (PROTOCOL.md 2.4, Window). Sizes in bytes. */
export class Window {
  readonly size: number;
  readonly #report: (total: number) => void;
  #sent = 0;
  #taken = 0;
  #reported = 0;

  /** @param report is told how much has been taken in all, each time an eighth of the window has */
  constructor(report: (total: number) => void, size = WINDOW_BYTES) {
    this.#report = report;
    this.size = size;
  }

  /** @throws `window-exceeded` */
  sent(bytes: number): void {
    this.#sent += bytes;
    if (this.#sent - this.#reported > this.size) {
      throw new SesameError('window-exceeded', `more than ${this.size} bytes in flight`);
    }
  }

  taken(bytes: number): void {
    this.#taken += bytes;
    if (this.#taken - this.#reported >= this.size / 8) this.reportNow();
  }

  /** Says what has not been said yet, however little it is. */
  reportNow(): void {
    if (this.#taken === this.#reported) return;
    this.#reported = this.#taken;
    this.#report(this.#taken);
  }
}
