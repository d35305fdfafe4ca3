import type { EndedTransfer } from '../../api-types.ts';
import { formatBytes, formatDuration } from '../format.ts';
import { recent } from '../transfers.ts';
import { Badge, type Tone } from './badge.tsx';
import { Icon } from './icon.tsx';
import { Empty } from './page.tsx';
import { Ago, PathText, Text } from './text.tsx';

const TONES: Readonly<Record<EndedTransfer['outcome'], Tone>> = {
  done: 'good',
  failed: 'bad',
  interrupted: 'warning',
};

/** The transfers that ended last, and why where it was not well. */
export function RecentList() {
  if (recent.value.length === 0) {
    return (
      <Empty title="Nothing has ended since the server started.">
        <p>The last 50 transfers stand here, with the reason where one failed.</p>
      </Empty>
    );
  }
  return (
    <ul class="transfers" aria-label="Transfers that ended" tabIndex={0}>
      {recent.value.map((ended) => (
        <li key={ended.id} class="transfer ended">
          <span class="transfer-sign" title={ended.direction}>
            <Icon name={ended.direction === 'upload' ? 'upload' : 'download'} />
            <span class="visually-hidden">{ended.direction}</span>
          </span>
          <span class="transfer-name">
            <PathText path={ended.path} />
            <span class="muted">
              <Text of={ended.client} limit={60} /> · {ended.protocol}
              {ended.error !== null && (
                <>
                  {' · '}
                  <span class="bad-text">
                    <Text of={ended.error} limit={200} />
                  </span>
                </>
              )}
            </span>
          </span>
          <span class="transfer-amount number">{formatBytes(ended.bytes)}</span>
          <span class="transfer-rate number">{formatDuration(ended.seconds)}</span>
          <span class="transfer-left">
            <Badge tone={TONES[ended.outcome]}>{ended.outcome}</Badge> <Ago of={ended.time} />
          </span>
        </li>
      ))}
    </ul>
  );
}
