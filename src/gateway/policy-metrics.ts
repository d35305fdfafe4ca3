import type { Registry } from 'prom-client';
import { POLICY_FIELDS } from '../transfer/policy.ts';
import type { ConsoleParts } from './console-parts.ts';
import { watchedCounter, type Series } from './watched-metrics.ts';

/** What policies refuse (HTTP.md 7): a rate refuses nothing. */
export function policyMetrics(registers: Registry[], { policies }: ConsoleParts): void {
  const { refusals } = policies.book;
  const limits = POLICY_FIELDS.filter((limit) => limit !== 'max-rate');
  watchedCounter(
    registers,
    { name: 'sesame_policy_refusals_total', help: 'What policies refused', labels: ['limit'] },
    () => limits.map((limit): Series => [{ limit }, refusals.counts.get(limit) ?? 0]),
  );
}
