import type { Registry } from 'prom-client';
import type { GateDesk } from '../gate/gate-desk.ts';
import type { GuardDesk } from '../guard/guard-desk.ts';
import { OFFENCES, type Offence } from '../guard/offences.ts';
import type { ConsoleParts } from './console-parts.ts';
import { watchedCounter, watchedGauge, type Series } from './watched-metrics.ts';

/** Connections that were turned away since the start, by reason. */
export type TurnedAway = Readonly<Record<string, number>>;

/** What the guard and the gate do, and whom the listeners turn away (HTTP.md 7). No address is in a label. */
export function doorMetrics(
  registers: Registry[],
  { guard, gate, connections }: ConsoleParts,
  httpTurnedAway: () => TurnedAway,
): void {
  watchedCounter(
    registers,
    {
      name: 'sesame_connections_refused_total',
      help: 'Connections turned away',
      labels: ['listener', 'reason'],
    },
    () => [...ofListener('transfer', connections().refused), ...ofListener('http', httpTurnedAway())],
  );
  guardMetrics(registers, guard);
  gateMetrics(registers, gate);
}

function ofListener(listener: string, turnedAway: TurnedAway): Series[] {
  return Object.entries(turnedAway).map(([reason, count]) => [{ listener, reason }, count]);
}

function guardMetrics(registers: Registry[], guard: GuardDesk): void {
  const offences = Object.keys(OFFENCES) as Offence[];
  watchedCounter(
    registers,
    { name: 'sesame_guard_offences_total', help: 'What was done wrong', labels: ['offence'] },
    () => offences.map((offence) => [{ offence }, guard.counts.offences.get(offence) ?? 0]),
  );
  watchedCounter(
    registers,
    { name: 'sesame_guard_warnings_total', help: 'Scores that came close to a block' },
    () => [[{}, guard.counts.warnings]],
  );
  watchedCounter(registers, { name: 'sesame_guard_blocks_total', help: 'Blocks' }, () => [
    [{}, guard.counts.blocks],
  ]);
  watchedCounter(
    registers,
    { name: 'sesame_guard_refused_total', help: 'Connections and requests of who is blocked' },
    () => [[{}, guard.counts.refused]],
  );
  const ofFamilies = (kind: 'tracked' | 'blocked'): Series[] =>
    Object.entries(guard.sizes).map(([family, sizes]) => [{ family }, sizes[kind]]);
  watchedGauge(
    registers,
    { name: 'sesame_guard_tracked', help: 'Who is remembered', labels: ['family'] },
    () => ofFamilies('tracked'),
  );
  watchedGauge(registers, { name: 'sesame_guard_blocked', help: 'Who is blocked', labels: ['family'] }, () =>
    ofFamilies('blocked'),
  );
  watchedCounter(
    registers,
    {
      name: 'sesame_guard_recoveries_total',
      help: 'Attempts to get back in with the recovery PIN',
      labels: ['outcome'],
    },
    () => Object.entries(guard.recoveries).map(([outcome, count]): Series => [{ outcome }, Number(count)]),
  );
}

function gateMetrics(registers: Registry[], gate: GateDesk): void {
  watchedGauge(registers, { name: 'sesame_gate_open', help: 'Addresses that are let in' }, () => [
    [{}, gate.keeper?.list().length ?? 0],
  ]);
  watchedCounter(
    registers,
    { name: 'sesame_gate_knocks_total', help: 'What became of knocks', labels: ['outcome'] },
    () => Array.from(gate.keeper?.outcomes ?? [], ([outcome, count]): Series => [{ outcome }, count]),
  );
  watchedCounter(
    registers,
    { name: 'sesame_gate_refused_total', help: 'Connections that were not let in' },
    () => [[{}, gate.keeper?.refused ?? 0]],
  );
  watchedGauge(registers, { name: 'sesame_gate_fault', help: 'Whether its driver does not work' }, () => [
    [{}, gate.keeper?.fault === undefined ? 0 : 1],
  ]);
}
