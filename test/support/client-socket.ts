// One end of a connection to a transfer port, whatever is spoken over it.
import type { Socket } from 'node:net';

export abstract class ClientSocket<S extends Socket = Socket> implements Disposable {
  /** Settles when the connection is gone, however it went. */
  readonly closed: Promise<void>;
  /** Settles when the other side has said its last byte, or is gone. */
  readonly ended: Promise<void>;
  protected readonly socket: S;
  protected over = false;
  /** Resolves when more has come, or nothing more will. */
  protected arrival = Promise.withResolvers<undefined>();

  protected constructor(socket: S) {
    this.socket = socket;
    this.closed = settled(socket, 'close');
    this.ended = Promise.race([settled(socket, 'end'), this.closed]);
    socket.on('error', () => {
      /* "close" follows */
    });
    socket.on('data', (chunk: Buffer) => {
      this.take(chunk);
      this.arrival.resolve(undefined);
      this.arrival = Promise.withResolvers<undefined>();
    });
    void this.ended.then(() => {
      this.over = true;
      this.arrival.resolve(undefined);
    });
  }

  protected abstract take(chunk: Buffer): void;

  /** Resolves when the system has taken the bytes, or the connection is gone. */
  async send(bytes: Uint8Array): Promise<void> {
    const taken = new Promise<void>((resolve) =>
      this.socket.write(bytes, () => {
        resolve();
      }),
    );
    await Promise.race([taken, this.closed]);
  }

  /** Stops reading: what arrives from now on stays with the system. */
  stopReading(): void {
    this.socket.pause();
  }

  startReading(): void {
    this.socket.resume();
  }

  /** Says the last byte, and goes on reading. */
  end(): void {
    this.socket.end();
  }

  [Symbol.dispose](): void {
    this.socket.destroy();
  }
}

function settled(socket: Socket, event: string): Promise<void> {
  return new Promise((resolve) =>
    socket.once(event, () => {
      resolve();
    }),
  );
}
