import { useEffect, useRef, useState } from 'preact/hooks';
import type { JoinRequest } from '../../join-types.ts';
import { api } from '../api.ts';
import { countOf } from '../format.ts';
import { isOperator } from '../session-state.ts';
import { say } from '../toasts.ts';
import { ApproveDialog } from './approve-dialog.tsx';
import { Badge } from './badge.tsx';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { Fingerprint } from './fingerprint.tsx';
import { Empty } from './page.tsx';
import { Table, type Column } from './table.tsx';
import { Ago, Text } from './text.tsx';

interface WaitingProps {
  readonly requests: readonly JoinRequest[];
  readonly onChange: () => void;
}

type Decision = { readonly approve: JoinRequest } | { readonly deny: JoinRequest };

/** Machines that ask to join, and those that were denied: who they are, and what is to become of them. */
export function WaitingMachines({ requests, onChange }: WaitingProps) {
  const [deciding, setDeciding] = useState<Decision>();
  const heading = useRef<HTMLHeadingElement>(null);
  const waiting = requests.filter(({ denied }) => denied === null).length;
  const close = (): void => setDeciding(undefined);
  const hasDecided = useRef(false);
  const decided = (): void => {
    hasDecided.current = true;
    onChange();
  };
  useEffect(() => {
    // The button that opened the dialog has gone with its row, and the focus with it.
    if (hasDecided.current && document.activeElement === document.body) heading.current?.focus();
    hasDecided.current = false;
  }, [requests]);

  return (
    <section class="panel flush" aria-label="Waiting machines">
      <header class="panel-head">
        <h2 ref={heading} tabIndex={-1}>
          Waiting machines
        </h2>
        <p class="muted" role="status">
          {waiting === 0
            ? 'No machine waits.'
            : `${countOf(waiting, 'machine')} ${waiting === 1 ? 'waits' : 'wait'}.`}
        </p>
      </header>
      {requests.length === 0 ? (
        <Empty title="Nobody asks to join.">
          <p>
            With <code>join = "approval"</code> a machine asks by itself:{' '}
            <code>sesame enroll HOST --trust</code>. It stands here then, and waits for{' '}
            {isOperator.value ? 'you' : 'an operator'}.
          </p>
        </Empty>
      ) : (
        <Table
          label="Waiting machines"
          columns={columnsFor(setDeciding)}
          rows={requests}
          keyOf={({ fingerprint, name }) => `${fingerprint} ${name}`}
        />
      )}
      {deciding && 'approve' in deciding && (
        <ApproveDialog request={deciding.approve} onApproved={decided} onGone={onChange} onClose={close} />
      )}
      {deciding && 'deny' in deciding && (
        <DenyDialog request={deciding.deny} onDenied={decided} onClose={close} />
      )}
    </section>
  );
}

function columnsFor(decide: (decision: Decision) => void): readonly Column<JoinRequest>[] {
  return [
    {
      title: 'Machine',
      kind: 'wide',
      cell: ({ name, fingerprint, denied }) => (
        <span class="machine">
          <span class="machine-name">
            <Text of={name} limit={100} />
            {denied !== null && <Badge tone="bad">denied</Badge>}
          </span>
          <Fingerprint of={fingerprint} />
        </span>
      ),
    },
    {
      title: 'Address',
      cell: ({ address }) => (
        <span class="mono">
          <Text of={address} limit={60} />
        </span>
      ),
    },
    { title: 'Asked', cell: ({ asked }) => <Ago of={asked} /> },
    {
      title: 'Forgotten',
      cell: ({ expires }) => <Ago of={expires} />,
    },
    {
      title: 'Actions',
      kind: 'actions',
      cell: (request) =>
        isOperator.value && (
          <>
            <button type="button" class="button" onClick={() => decide({ approve: request })}>
              Approve…
            </button>
            {request.denied === null && (
              <button
                type="button"
                class="button quiet danger-text"
                onClick={() => decide({ deny: request })}
              >
                Deny…
              </button>
            )}
          </>
        ),
    },
  ];
}

function DenyDialog({
  request: { name, fingerprint },
  onDenied,
  onClose,
}: {
  readonly request: JoinRequest;
  readonly onDenied: () => void;
  readonly onClose: () => void;
}) {
  return (
    <ConfirmDialog
      title="Deny this machine?"
      action="Deny machine"
      onClose={onClose}
      onConfirm={async () => {
        await api.deny({ name, fingerprint });
        say(`${name} is denied for a day.`);
        onDenied();
      }}
    >
      <p class="thing">
        <Text of={name} limit={200} />
        <Fingerprint of={fingerprint} />
      </p>
      <p>It is refused for a day, and stays listed here until then: you can still approve it.</p>
    </ConfirmDialog>
  );
}
