// Answers that wait to be asked for, each on its stream.
import type { V4Answer } from './v4-answers.ts';
import { within } from './waiting.ts';

interface Mailbox {
  readonly answers: V4Answer[];
  news: PromiseWithResolvers<undefined>;
}

export class V4Mailboxes {
  readonly #mailboxes = new Map<number, Mailbox>();
  #closed = false;

  deliver(stream: number, answer: V4Answer): void {
    const mailbox = this.#mailbox(stream);
    mailbox.answers.push(answer);
    mailbox.news.resolve(undefined);
    mailbox.news = Promise.withResolvers<undefined>();
  }

  /** No more will come. */
  close(): void {
    this.#closed = true;
    for (const { news } of this.#mailboxes.values()) news.resolve(undefined);
  }

  has(stream: number): boolean {
    return this.#mailbox(stream).answers.length > 0;
  }

  /** The next answer on a stream, undefined when none will come. Rejects when none comes in `patience` ms. */
  async next(stream: number, patience: number): Promise<V4Answer | undefined> {
    const mailbox = this.#mailbox(stream);
    const end = performance.now() + patience;
    for (;;) {
      const answer = mailbox.answers.shift();
      if (answer || this.#closed) return answer;
      const left = end - performance.now();
      if (left <= 0 || !(await within(mailbox.news.promise, left))) {
        throw new Error(`nothing on stream ${stream} within ${patience} ms`);
      }
    }
  }

  #mailbox(stream: number): Mailbox {
    const existing = this.#mailboxes.get(stream);
    if (existing) return existing;
    const mailbox = { answers: [], news: Promise.withResolvers<undefined>() };
    this.#mailboxes.set(stream, mailbox);
    return mailbox;
  }
}
