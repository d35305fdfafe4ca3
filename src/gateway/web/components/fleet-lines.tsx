import { useState } from 'preact/hooks';
import type { FleetLine } from '../../join-types.ts';
import { api } from '../api.ts';
import { formatCount } from '../format.ts';
import { isOperator } from '../session-state.ts';
import { say } from '../toasts.ts';
import { Badge } from './badge.tsx';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { Meter } from './meter.tsx';
import { Empty } from './page.tsx';
import { Table, type Column } from './table.tsx';
import { Ago, Text } from './text.tsx';

interface LinesProps {
  readonly lines: readonly FleetLine[];
  readonly onChange: () => void;
}

/** Join lines for many machines that are good yet; never their secrets. */
export function FleetLines({ lines, onChange }: LinesProps) {
  const [revoking, setRevoking] = useState<FleetLine>();
  return (
    <section class="panel flush" aria-label="Join lines for many machines">
      <header class="panel-head">
        <h2>Join lines for many machines</h2>
        <p class="muted">One line for an image or a whole fleet. Each use makes one client.</p>
      </header>
      {lines.length === 0 ? (
        <Empty title="There is no such line.">
          <p>
            {isOperator.value
              ? 'Make one here, or on the server: '
              : 'An operator makes one here, or on the server: '}
            <code>sesamed enroll --pattern 'web-*' --uses 500</code>
          </p>
        </Empty>
      ) : (
        <Table
          label="Join lines for many machines"
          columns={columnsFor(setRevoking)}
          rows={lines}
          keyOf={({ id }) => id}
        />
      )}
      {revoking && (
        <ConfirmDialog
          title="Revoke this join line?"
          action="Revoke line"
          onClose={() => setRevoking(undefined)}
          onConfirm={async () => {
            await api.removeFleetLine(revoking.id);
            say(`The join line for ${revoking.pattern} is good no longer.`);
            onChange();
          }}
        >
          <p class="thing">
            <Text of={revoking.pattern} limit={200} />
          </p>
          <p>No machine joins with it any more. Those that have joined by it stay.</p>
        </ConfirmDialog>
      )}
    </section>
  );
}

function columnsFor(onRevoke: (line: FleetLine) => void): readonly Column<FleetLine>[] {
  return [
    {
      title: 'Names',
      kind: 'wide',
      cell: ({ pattern, write_only }) => (
        <>
          <span class="mono strong">
            <Text of={pattern} limit={100} />
          </span>
          {write_only && (
            <>
              {' '}
              <Badge>write only</Badge>
            </>
          )}
        </>
      ),
    },
    { title: 'Uses left', cell: (line) => <Uses line={line} /> },
    { title: 'Made', cell: ({ made }) => <Ago of={made} /> },
    { title: 'Expires', cell: ({ expires }) => <Ago of={expires} /> },
    {
      title: 'Actions',
      kind: 'actions',
      cell: (line) =>
        isOperator.value && (
          <button type="button" class="button quiet danger-text" onClick={() => onRevoke(line)}>
            Revoke…
          </button>
        ),
    },
  ];
}

function Uses({ line: { uses, uses_left: left } }: { readonly line: FleetLine }) {
  const text = `${formatCount(left)} of ${formatCount(uses)}`;
  return (
    <span class="uses">
      {text}
      <Meter label="Used up" share={1 - left / uses} text={`${text} left`} full={left === 0} />
    </span>
  );
}
