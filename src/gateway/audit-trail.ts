import type { FastifyRequest } from 'fastify';
import type { AuditLog } from '../accounts/ports.ts';
import type { Clock } from '../base/clock.ts';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { nameOf } from './caller.ts';

export interface Deed {
  readonly action: string;
  readonly target?: string | undefined;
  readonly detail?: string | undefined;
  /** Who, where the request does not say it. */
  readonly actor?: string | undefined;
}

/** Notes what is done by way of HTTP, and what was refused to whom. */
export class AuditTrail {
  readonly #log: AuditLog;
  readonly #clock: Clock;
  readonly #complaints: Logger;

  constructor(log: AuditLog, clock: Clock, complaints: Logger) {
    this.#log = log;
    this.#clock = clock;
    this.#complaints = complaints;
  }

  /** Resolves when it is written down: before whoever did it is told so. */
  async done(request: FastifyRequest, deed: Deed): Promise<void> {
    await this.#record(request, deed, 'done');
  }

  /** Never throws: what was refused stays refused. */
  async refused(request: FastifyRequest, deed: Deed): Promise<void> {
    try {
      await this.#record(request, deed, 'refused');
    } catch (error) {
      this.#complaints.error('cannot write to the audit trail', { why: messageOf(error) });
    }
  }

  async #record(request: FastifyRequest, deed: Deed, outcome: 'done' | 'refused'): Promise<void> {
    const { action, target = null, detail = null } = deed;
    const actor = deed.actor ?? nameOf(request.caller) ?? '';
    await this.#log.record({
      time: this.#clock.now(),
      actor,
      address: request.address,
      action,
      target,
      outcome,
      detail,
    });
  }
}
