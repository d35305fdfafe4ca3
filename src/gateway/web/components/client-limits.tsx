import { useComputed } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import type { ClientPolicy, Held } from '../../fleet-types.ts';
import { hrefTo } from '../address.ts';
import { formatBytes, formatCount, formatPercent, formatRate } from '../format.ts';
import { active } from '../transfers.ts';
import { Badge } from './badge.tsx';
import { Meter } from './meter.tsx';
import { Text } from './text.tsx';

const NEARLY_FULL = 0.9;

interface LimitsProps {
  readonly policy: ClientPolicy;
  /** As it joined, and as policies have it. */
  readonly writeOnly: boolean;
}

/** What holds for a client, from which policy each limit is, and how much of it is used. */
export function ClientLimits({ policy, writeOnly }: LimitsProps) {
  const { name, max_bytes, max_files, max_file, max_rate, write_only, append_only, conflict } = policy;
  return (
    <>
      <Quota
        title="Storage"
        held={max_bytes}
        stored={policy.bytes}
        claimed={policy.claimed_bytes}
        write={formatBytes}
      />
      <Quota
        title="Files"
        held={max_files}
        stored={policy.files}
        claimed={policy.claimed_files}
        write={formatCount}
      />
      <Rate client={name} held={max_rate} />
      <dl class="pairs rules">
        <Rule title="One file" held={max_file} setting>
          {max_file.value === null ? 'of any size' : `at most ${formatBytes(max_file.value)}`}
        </Rule>
        <Rule title="Write only" held={write_only}>
          {writeOnly ? 'yes' : 'no'}
          {writeOnly && write_only.value !== true && ', as it joined'}
        </Rule>
        <Rule title="Append only" held={append_only}>
          {append_only.value ? 'yes' : 'no'}
        </Rule>
        <Rule title="On conflict" held={conflict} setting>
          {conflict.value}
        </Rule>
      </dl>
    </>
  );
}

interface QuotaProps {
  readonly title: string;
  readonly held: Held<number | null>;
  readonly stored: number;
  /** By uploads that are not finished. */
  readonly claimed: number;
  readonly write: (amount: number) => string;
}

function Quota({ title, held, stored, claimed, write }: QuotaProps) {
  const used = stored + claimed;
  const underWay = claimed > 0 ? `, ${write(claimed)} of it under way` : '';
  if (held.value === null) {
    return (
      <Limit title={title} held={held}>
        {write(used)} used{underWay}; no limit
      </Limit>
    );
  }
  const left = Math.max(0, held.value - used);
  return (
    <Limit title={title} held={held} share={shareOf(used, held.value)}>
      {write(used)} of {write(held.value)} used{underWay}; <strong>{write(left)} left</strong>
    </Limit>
  );
}

/** Of what comes in just now. */
function Rate({ client, held }: { readonly client: string; readonly held: Held<number | null> }) {
  const rate = useComputed(() =>
    (active.value ?? [])
      .map(({ value }) => value)
      .filter((transfer) => transfer.client === client && transfer.direction === 'upload')
      .reduce((sum, transfer) => sum + transfer.rate, 0),
  ).value;
  if (held.value === null) {
    return (
      <Limit title="Rate" held={held}>
        {formatRate(rate)} now; no limit
      </Limit>
    );
  }
  return (
    <Limit title="Rate" held={held} share={shareOf(rate, held.value)}>
      {formatRate(rate)} now, of {formatRate(held.value)}
    </Limit>
  );
}

interface LimitProps {
  readonly title: string;
  readonly held: Held<unknown>;
  readonly share?: number;
  readonly children: ComponentChildren;
}

function Limit({ title, held, share, children }: LimitProps) {
  return (
    <div class="limit" role="group" aria-label={`${title} in use`}>
      <p class="limit-head">
        <span class="strong">{title}</span>
        <Source held={held} />
      </p>
      {share !== undefined && (
        <Meter
          label={`${title} used`}
          share={share}
          text={`${formatPercent(share)} used`}
          full={share > NEARLY_FULL}
        />
      )}
      <p class="muted number">{children}</p>
    </div>
  );
}

function Rule({
  title,
  held,
  setting = false,
  children,
}: {
  readonly title: string;
  readonly held: Held<unknown>;
  /** Whether a setting of the server holds where no policy says anything. */
  readonly setting?: boolean;
  readonly children: ComponentChildren;
}) {
  return (
    <>
      <dt>{title}</dt>
      <dd>
        <span>{children}</span>
        {held.pattern === null && setting ? (
          <span class="muted">server’s setting</span>
        ) : (
          <Source held={held} />
        )}
      </dd>
    </>
  );
}

/** Which policy says so. */
function Source({ held: { pattern, origin } }: { readonly held: Held<unknown> }) {
  if (pattern === null) return null;
  return (
    <span class="source">
      <a class="mono" href={hrefTo('policies')}>
        <Text of={pattern} limit={40} />
      </a>
      {origin === 'file' && <Badge>sesame.toml</Badge>}
    </span>
  );
}

function shareOf(used: number, limit: number): number {
  return limit === 0 ? 1 : Math.min(1, used / limit);
}
