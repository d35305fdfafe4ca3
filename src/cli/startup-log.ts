/**
 * Takes log lines, and holds them back until they are released: the first thing that a server says is where it listens,
 * also when it has something to tell of the time before.
 */
export class StartupLog implements Disposable {
  readonly #write: (line: string) => void;
  #held: string[] | undefined = [];

  constructor(write: (line: string) => void) {
    this.#write = write;
  }

  write(line: string): void {
    if (this.#held) this.#held.push(line);
    else this.#write(line);
  }

  release(): void {
    const held = this.#held ?? [];
    this.#held = undefined;
    for (const line of held) this.#write(line);
  }

  /** A start that failed has its reasons in these lines. */
  [Symbol.dispose](): void {
    this.release();
  }
}
