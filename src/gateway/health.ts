import { formatBytes } from '../base/format.ts';
import type { GateDesk } from '../gate/gate-desk.ts';
import type { GuardDesk } from '../guard/guard-desk.ts';
import type { Activity } from '../transfer/activity.ts';
import type { HealthCheck } from './api-types.ts';
import type { DiskState } from './console-parts.ts';

/** Below these parts of the disk it gets tight, and is nearly full. */
const DISK_TIGHT = 0.1;
const DISK_FULL = 0.02;
/** So many at once are an attack, or a mistake of ours. */
const MANY_BLOCKED = 100;

interface HealthParts {
  readonly activity: Activity;
  readonly guard: GuardDesk;
  readonly gate: GateDesk;
}

/** What the overview says of how the server is. */
export function healthOf(
  disk: DiskState,
  { activity, guard, gate }: HealthParts,
  state: 'ready' | 'draining',
): HealthCheck[] {
  return [
    { name: 'server', state: state === 'ready' ? 'ok' : 'warning', message: state },
    diskHealth(disk),
    storageHealth(activity),
    guardHealth(guard),
    gateHealth(gate),
  ];
}

function diskHealth({ total, free }: DiskState): HealthCheck {
  const part = total > 0 ? free / total : 1;
  return {
    name: 'disk',
    state: part < DISK_FULL ? 'error' : part < DISK_TIGHT ? 'warning' : 'ok',
    message: `${formatBytes(free)} of ${formatBytes(total)} are free`,
  };
}

function storageHealth({ totals: { refusals } }: Activity): HealthCheck {
  const failures = refusals.get('storage-failed') ?? 0;
  const full = refusals.get('disk-full') ?? 0;
  return {
    name: 'storage',
    state: failures + full > 0 ? 'warning' : 'ok',
    message:
      failures + full > 0
        ? `${failures} failures of the disk or the database and ${full} refusals for lack of room since the start: see the log`
        : 'no failure since the start',
  };
}

function guardHealth({ isOn, sizes }: GuardDesk): HealthCheck {
  const blocked = Object.values(sizes).reduce((sum, family) => sum + family.blocked, 0);
  const many = blocked > MANY_BLOCKED;
  return {
    name: 'guard',
    state: many ? 'warning' : 'ok',
    message: isOn ? `${blocked === 0 ? 'nobody' : blocked} blocked${many ? ': see Security' : ''}` : 'off',
  };
}

function gateHealth({ keeper }: GateDesk): HealthCheck {
  const fault = keeper?.fault;
  return {
    name: 'gate',
    state: fault === undefined ? 'ok' : 'error',
    message: fault ?? (keeper ? `shut to strangers (${keeper.driver})` : 'off'),
  };
}
