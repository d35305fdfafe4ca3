import { computed, useSignalEffect } from '@preact/signals';
import { useMemo, useRef } from 'preact/hooks';
import { hrefTo } from '../address.ts';
import { formatBytes, formatCount, formatDuration, formatPercent, formatRate } from '../format.ts';
import { active, hidden, type LiveTransfer } from '../transfers.ts';
import { Icon } from './icon.tsx';
import { Empty, Skeleton } from './page.tsx';
import { PathText, Text } from './text.tsx';

/** The transfers under way. Each row follows its own signal: the list is drawn again only when one comes or goes. */
export function TransferList() {
  const rows = active.value;
  if (rows === undefined) return <Skeleton />;
  if (rows.length === 0) {
    return (
      <Empty title="Nothing is under way.">
        <p>
          Files show up here while they are sent: <code>sesame put FILE</code> on a client. Where there is
          none yet, <a href={hrefTo('clients')}>enrol one</a>.
        </p>
      </Empty>
    );
  }
  return (
    <>
      <ul class="transfers" aria-label="Transfers under way" tabIndex={0}>
        {rows.map((row) => (
          <TransferRow key={row.peek().id} transfer={row} />
        ))}
      </ul>
      {hidden.value > 0 && <p class="panel-note">And {formatCount(hidden.value)} smaller ones.</p>}
    </>
  );
}

function TransferRow({ transfer }: { readonly transfer: LiveTransfer }) {
  const bar = useRef<HTMLDivElement>(null);
  const fixed = transfer.peek();
  const { progress, amount, rate, left } = useMemo(() => parts(transfer), [transfer]);

  useSignalEffect(() => {
    const fill = bar.current;
    if (!fill) return;
    fill.style.transform = `scaleX(${progress.value ?? 0})`;
  });

  return (
    <li class="transfer">
      <span class="transfer-sign" title={fixed.direction}>
        <Icon name={fixed.direction === 'upload' ? 'upload' : 'download'} />
        <span class="visually-hidden">{fixed.direction}</span>
      </span>
      <span class="transfer-name">
        <PathText path={fixed.path} />
        <span class="muted">
          <Text of={fixed.client} limit={60} /> · {fixed.protocol}
        </span>
      </span>
      <span class="transfer-amount number">{amount}</span>
      <span class="transfer-rate number">{rate}</span>
      <span class="transfer-left number muted">{left}</span>
      <div class="bar">
        <div ref={bar} class="bar-fill" />
      </div>
    </li>
  );
}

function parts(transfer: LiveTransfer) {
  const progress = computed(() => {
    const { size, bytes } = transfer.value;
    return size === null ? undefined : size === 0 ? 1 : Math.min(bytes / size, 1);
  });
  return {
    progress,
    amount: computed(() => {
      const { size, bytes } = transfer.value;
      if (size === null || progress.value === undefined) return formatBytes(bytes);
      return `${formatPercent(progress.value)} of ${formatBytes(size)}`;
    }),
    rate: computed(() => formatRate(transfer.value.rate)),
    left: computed(() => {
      const seconds = transfer.value.seconds_left;
      return seconds === null ? '' : `${formatDuration(seconds)} left`;
    }),
  };
}
