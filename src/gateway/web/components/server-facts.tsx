import type { ComponentChildren } from 'preact';
import type { HealthCheck, Overview } from '../../api-types.ts';
import { hrefTo } from '../address.ts';
import { countOf, formatBytes, formatPercent } from '../format.ts';
import { CopyButton } from './copy-button.tsx';
import { Icon, type IconName } from './icon.tsx';
import { Meter } from './meter.tsx';
import { Skeleton } from './page.tsx';
import { Ago, Text } from './text.tsx';

const NEARLY_FULL = 0.9;

const SIGNS: Readonly<Record<HealthCheck['state'], IconName>> = {
  ok: 'check',
  warning: 'warning',
  error: 'error',
};

/** Health, disk, and who this server is. */
export function ServerFacts({ overview }: { readonly overview: Overview | undefined }) {
  return (
    <div class="facts">
      <Panel title="Health">{overview ? <Health checks={overview.health} /> : <Skeleton lines={9} />}</Panel>
      <Panel title="Storage">{overview ? <Storage overview={overview} /> : <Skeleton lines={3} />}</Panel>
      <Panel title="Server">{overview ? <Server overview={overview} /> : <Skeleton lines={4} />}</Panel>
    </div>
  );
}

function Panel({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <section class="panel" aria-label={title}>
      <h2>{title}</h2>
      {children}
    </section>
  );
}

function Health({ checks }: { readonly checks: readonly HealthCheck[] }) {
  return (
    <ul class="checks">
      {checks.map(({ name, state, message }) => (
        <li key={name} class={state}>
          <Icon name={SIGNS[state]} />
          <span>
            <span class="check-name">
              <Text of={name} />
              <span class="visually-hidden">: {state}</span>
            </span>
            <span class="muted">
              <Text of={message} />
            </span>
          </span>
        </li>
      ))}
    </ul>
  );
}

function Storage({ overview }: { readonly overview: Overview }) {
  const { disk, totals } = overview;
  const used = disk.total === 0 ? 0 : 1 - disk.free / disk.total;
  return (
    <>
      <p class="storage-line">
        <strong class="number">{formatBytes(disk.free)}</strong> free
        <span class="muted number"> of {formatBytes(disk.total)}</span>
      </p>
      <Meter
        label="Disk in use"
        share={used}
        text={`${formatPercent(used)} in use`}
        full={used > NEARLY_FULL}
      />
      <p class="muted">
        <a href={hrefTo('files')}>{countOf(totals.files, 'file')}</a>, {formatBytes(totals.bytes)}, from{' '}
        <a href={hrefTo('clients')}>{countOf(totals.clients, 'client')}</a>
      </p>
    </>
  );
}

function Server({ overview }: { readonly overview: Overview }) {
  return (
    <dl class="pairs">
      <dt>Version</dt>
      <dd>{overview.version}</dd>
      <dt>Started</dt>
      <dd>
        <Ago of={overview.started} />
      </dd>
      <dt>Transfers</dt>
      <dd class="mono">
        {overview.transfer.map((address) => (
          <div key={address}>{address}</div>
        ))}
      </dd>
      <dt>Console</dt>
      <dd class="mono">
        {overview.http.map((address) => (
          <div key={address}>{address}</div>
        ))}
      </dd>
      <dt>Pin</dt>
      <dd class="mono pin">
        <span title={overview.pin}>{overview.pin}</span>
        <CopyButton small text={overview.pin} what="the server’s pin" />
      </dd>
    </dl>
  );
}
