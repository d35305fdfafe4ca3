import { serveThread } from '../base/thread-call.ts';
import { wrapAesKey } from './key-wrapping.ts';

/** RSA and DER parsing take long enough to be felt by others; this thread does them. */
const keyThread = {
  wrap: wrapAesKey,
};
export type KeyThreadApi = typeof keyThread;

serveThread(keyThread);
