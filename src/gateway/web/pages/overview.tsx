import { useComputed, useSignal } from '@preact/signals';
import type { ComponentChildren } from 'preact';
import { api } from '../api.ts';
import { RecentList } from '../components/recent-list.tsx';
import { ServerFacts } from '../components/server-facts.tsx';
import { Failure } from '../components/failure.tsx';
import { Page } from '../components/page.tsx';
import { inspected, ThroughputChart } from '../components/throughput-chart.tsx';
import { TransferList } from '../components/transfer-list.tsx';
import { formatCount, formatRate, formatTime } from '../format.ts';
import { samples } from '../live.ts';
import { useResource } from '../resource.ts';
import { active, hidden } from '../transfers.ts';

const REFRESH_SECONDS = 10;

/** What the server does now, and whether it is well. */
export function OverviewPage() {
  const overview = useResource((signal) => api.overview(signal), [], REFRESH_SECONDS);
  return (
    <Page title="Overview">
      <Failure error={overview.data ? undefined : overview.error} onRetry={overview.reload} />
      <div class="overview">
        <section class="panel throughput" aria-label="Throughput">
          <Numbers />
          <ThroughputChart />
        </section>
        <ServerFacts overview={overview.data} />
        <Transfers />
      </div>
    </Page>
  );
}

/** What the server does now, or did at the moment that the pointer is at. */
function Numbers() {
  const at = useComputed(() => inspected.value ?? samples.value.at(-1));
  const received = useComputed(() => formatRate(at.value?.in ?? 0));
  const sent = useComputed(() => formatRate(at.value?.out ?? 0));
  const files = useComputed(() => formatCount(at.value?.files ?? 0));
  const connections = useComputed(() => formatCount(at.value?.connections ?? 0));
  const errors = useComputed(() =>
    formatCount(samples.value.reduce((sum, sample) => sum + sample.errors, 0)),
  );
  const moment = useComputed(() =>
    inspected.value ? formatTime(inspected.value.time, { seconds: true }) : '',
  );
  return (
    <div class="throughput-head">
      <dl class="numbers">
        <Figure name="Receiving" mark="in">
          {received}
        </Figure>
        <Figure name="Sending" mark="out">
          {sent}
        </Figure>
        <Figure name="Files per second">{files}</Figure>
        <Figure name="Connections">{connections}</Figure>
        <Figure name="Errors in 5 min">{errors}</Figure>
      </dl>
      <p class="moment muted number">{moment}</p>
    </div>
  );
}

function Figure({
  name,
  mark,
  children,
}: {
  readonly name: string;
  readonly mark?: 'in' | 'out';
  readonly children: ComponentChildren;
}) {
  return (
    <div class="figure">
      <dt>
        {mark && <span class={`key ${mark}`} aria-hidden="true" />}
        {name}
      </dt>
      <dd class="number">{children}</dd>
    </div>
  );
}

function Transfers() {
  const ended = useSignal(false);
  const count = useComputed(() => formatCount((active.value?.length ?? 0) + hidden.value));
  return (
    <section class="panel transfer-panel" aria-label="Transfers">
      <div class="switch" role="group" aria-label="Which transfers">
        <button type="button" aria-pressed={!ended.value} onClick={() => (ended.value = false)}>
          In flight <span class="count number">{count}</span>
        </button>
        <button type="button" aria-pressed={ended.value} onClick={() => (ended.value = true)}>
          Ended
        </button>
      </div>
      {ended.value ? <RecentList /> : <TransferList />}
    </section>
  );
}
