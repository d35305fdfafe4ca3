import type { Socket } from 'node:net';
import type { SecureContext } from 'node:tls';
import { isLoopback } from '../base/addresses.ts';
import type { Clock } from '../base/clock.ts';
import { errnoOf, messageOf, SesameError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { Thread, threadEntry } from '../base/thread-call.ts';
import type { Gatekeeper, KnockOutcome } from '../gate/gatekeeper.ts';
import { KnockCheck } from '../gate/knock-check.ts';
import type { Guard } from '../guard/guard.ts';
import type { Recovery } from '../guard/recovery.ts';
import { KnockDoor } from './knock-door.ts';
import type { KnockThreadApi } from './knock-thread.ts';
import type { KnockWords } from './knock-words.ts';
import { listen, type ListenAddress, type Listening } from './listening.ts';
import type { PortChoice } from './port-choice.ts';
import { recoverOverTls } from './recovery-over-tls.ts';

const BACKLOG = 128;
/** How many ports behind the default one are tried before giving up. */
const TRIES = 100;
