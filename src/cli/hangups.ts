/**
 * SIGHUP, which asks a server to read its settings again. Until somebody takes over, it is remembered that one came: a
 * server that is starting has read its settings, and somebody has changed them since.
 */
export class Hangups implements Disposable {
  #reload: (() => void) | undefined;
  #cameEarly = false;
  readonly #onSignal = (): void => {
    if (this.#reload) this.#reload();
    else this.#cameEarly = true;
  };

  constructor() {
    process.on('SIGHUP', this.#onSignal);
  }

  takeOver(reload: () => void): void {
    this.#reload = reload;
    if (this.#cameEarly) reload();
  }

  /** Ignored from then on: a server that stops is not to be ended by it. */
  [Symbol.dispose](): void {
    this.#reload = () => undefined;
  }
}
