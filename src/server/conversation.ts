import type { GetHandlerForCode } from '../handlers/get-handler-for-code.ts';
import type { FrameRules } from '../protocol/frames.ts';

/** What one version of the protocol means to a connection. */
export interface Conversation {
  readonly rules: FrameRules;
  readonly getHandlerForCode: GetHandlerForCode;
  /** Requests served at once. */
  readonly concurrency: number;
  /** Whether the client is known; who is not in time is a stranger. */
  readonly isIn: boolean;
  /** Which client has proved who it is; null before, and in v3, where nobody does. */
  readonly clientName: string | null;
  /** The last frame where there is no going on. */
  refuse(error: unknown): Uint8Array;
  /** What is said when the server stops. */
  farewell?(): Uint8Array;
  /** The connection is gone, and nothing of it is under way. */
  end?(): Promise<void>;
}
