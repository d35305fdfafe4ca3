import type { Watch } from '../../client-types.ts';
import { now } from '../clock.ts';
import { countOf, formatBytes, formatCount } from '../format.ts';
import { isSilent, waitingText } from '../outbox.ts';
import { Badge } from './badge.tsx';
import { Ago, Text } from './text.tsx';

/** What a watcher has waiting, in a cell of a table. */
export function OutboxCell({ watch }: { readonly watch: Watch }) {
  return (
    <span class="outbox-cell">
      <span class={watch.files === 0 ? 'muted' : undefined}>{waitingText(watch)}</span>
      <OutboxBadges watch={watch} />
      <span class="muted second">
        told <Ago of={watch.reported} />
      </span>
    </span>
  );
}

function OutboxBadges({ watch }: { readonly watch: Watch }) {
  return (
    <>
      {watch.failing > 0 && <Badge tone="bad">{formatCount(watch.failing)} failing</Badge>}
      {isSilent(watch, now.value) && <Badge tone="warning">silent</Badge>}
    </>
  );
}

/** All that a watcher told of its outbox. */
export function OutboxPanel({ watch }: { readonly watch: Watch | null }) {
  return (
    <section class="panel" aria-label="Waiting on the machine">
      <h2>Waiting on the machine</h2>
      {watch ? (
        <Outbox watch={watch} />
      ) : (
        <p class="muted">
          It has never told. A machine that runs <code>sesame watch</code> does.
        </p>
      )}
    </section>
  );
}

function Outbox({ watch }: { readonly watch: Watch }) {
  const { files, bytes, failing, oldest, why, reported } = watch;
  return (
    <div class="stack">
      <dl class="numbers">
        <div class="figure">
          <dt>Files</dt>
          <dd class="number">{formatCount(files)}</dd>
        </div>
        <div class="figure">
          <dt>Size</dt>
          <dd class="number">{formatBytes(bytes)}</dd>
        </div>
        <div class="figure">
          <dt>Failing</dt>
          <dd class={failing > 0 ? 'number bad-text' : 'number'}>{formatCount(failing)}</dd>
        </div>
        <div class="figure">
          <dt>Oldest</dt>
          <dd class="number">{oldest === null ? '–' : <Ago of={oldest} />}</dd>
        </div>
      </dl>
      {why !== '' && (
        <p class={failing > 0 ? 'failure' : 'why'}>
          <span>
            {failing > 0
              ? `${countOf(failing, 'file')} failed or ${failing === 1 ? 'was' : 'were'} refused. `
              : ''}
            The newest failure, in its words: <Text of={why} limit={500} />
          </span>
        </p>
      )}
      <p class="muted">
        Told <Ago of={reported} />.
        {isSilent(watch, now.value) && (
          <>
            {' '}
            <Badge tone="warning">silent</Badge> It has said nothing for over an hour: this may be different
            by now.
          </>
        )}
      </p>
    </div>
  );
}
