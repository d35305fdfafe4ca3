import type { GateDesk } from '../gate/gate-desk.ts';
import type { GuardDesk } from '../guard/guard-desk.ts';
import type { ControlRequest } from './control-protocol.ts';

/** What operations on guard and gate work with. */
export interface DoorOperator {
  readonly guard: GuardDesk;
  readonly gate: GateDesk;
}

export type DoorRequest = Extract<ControlRequest, { op: `${'guard' | 'gate'}.${string}` }>;

/** Guard and gate. @throws `bad-setting`; `not-found`; `gate-failed` */
export async function carryOutOnDoors(request: DoorRequest, { guard, gate }: DoorOperator): Promise<unknown> {
  switch (request.op) {
    case 'guard.ls':
      return guard.list();
    case 'guard.block': {
      const { who, time, reason } = request;
      // Whoever has the data folder asks from nowhere.
      const { who: blocked, seconds_left: seconds } = await guard.block({ who, time, reason, asker: [] });
      return { blocked, seconds };
    }
    case 'guard.unblock':
      return { forgotten: await guard.unblock(request.who) };
    case 'guard.pin':
      return { pin: await guard.newPin() };
    case 'gate.ls':
      return gate.list();
    case 'gate.open':
      return gate.open(request.address, request.time, 'operator');
    case 'gate.close':
      return { closed: await gate.close(request.address, 'operator') };
  }
}
