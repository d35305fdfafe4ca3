import { useRef, useState } from 'preact/hooks';
import type { Opening, Security } from '../../security-types.ts';
import { api } from '../api.ts';
import { formatDuration } from '../format.ts';
import { isOperator } from '../session-state.ts';
import { complain, say } from '../toasts.ts';
import { DoorHead } from './door-head.tsx';
import { Failure } from './failure.tsx';
import { LongTable } from './long-table.tsx';
import { OpenDialog } from './open-dialog.tsx';
import { Empty } from './page.tsx';
import type { Column } from './table.tsx';
import { Text, Time } from './text.tsx';
import { TimeLeft } from './time-left.tsx';

type Gate = Security['gate'];

interface GatePanelProps {
  readonly gate: Gate;
  /** When the server said so: `performance.now()`. */
  readonly saidAt: number;
  readonly onChange: () => void;
}

/** Who is let in where the ports are shut to strangers. */
export function GatePanel({ gate, saidAt, onChange }: GatePanelProps) {
  const [opening, setOpening] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const isShut = gate.state === 'shut';
  const close = ({ address }: Opening): void => {
    api.closeGate(address).then(() => {
      say(`${address} is let in no longer.`);
      heading.current?.focus();
      onChange();
    }, complain);
  };
  return (
    <section class="panel flush" aria-label="Gate">
      <DoorHead
        title="Gate"
        state={gate.fault === null ? gate.state : 'fault'}
        tone={gate.fault === null ? (isShut ? 'good' : 'plain') : 'bad'}
        heading={heading}
        facts={<Facts gate={gate} />}
      >
        {isShut && isOperator.value && (
          <button type="button" class="button primary" onClick={() => setOpening(true)}>
            Let an address in
          </button>
        )}
      </DoorHead>
      {gate.fault !== null && (
        <div class="door-fault">
          <Failure error={new Error(`It cannot be opened just now: ${gate.fault}`)} />
        </div>
      )}
      {gate.open.length === 0 ? (
        <NobodyIn gate={gate} />
      ) : (
        <LongTable
          label="Who is let in"
          columns={columnsFor(saidAt, close)}
          rows={gate.open}
          keyOf={({ address }) => address}
        />
      )}
      {opening && (
        <OpenDialog openTime={gate.open_time} onOpened={onChange} onClose={() => setOpening(false)} />
      )}
    </section>
  );
}

function Facts({ gate: { state, driver, port, open_time } }: { readonly gate: Gate }) {
  if (state === 'off') {
    return <>The ports answer everybody who can reach them.</>;
  }
  return (
    <>
      Shut to strangers, driver <code>{driver}</code>
      {port !== null && `, knock port ${port}`}. A knock opens for {formatDuration(open_time)}.
    </>
  );
}

function NobodyIn({ gate: { state } }: { readonly gate: Gate }) {
  if (state === 'off') {
    return (
      <Empty title="The gate is off.">
        <p>
          Start the server with <code>--gate simple</code>, and its ports turn away who has not knocked;{' '}
          <code>--gate nftables</code> drops their packets. Enrol the machines first: docs/GATE.md says how.
        </p>
      </Empty>
    );
  }
  return (
    <Empty title="Nobody is let in.">
      <p>
        A client that knocks will stand here: <code>sesame knock open</code>.{' '}
        {isOperator.value ? 'You let an address in here' : 'An operator lets an address in here'}, or on the
        server: <code>sesamed gate open ADDRESS</code>
      </p>
    </Empty>
  );
}

function columnsFor(saidAt: number, onClose: (opening: Opening) => void): readonly Column<Opening>[] {
  return [
    { title: 'Address', kind: 'wide', cell: ({ address }) => <span class="mono">{address}</span> },
    {
      title: 'Time left',
      cell: ({ seconds_left: seconds }) => <TimeLeft seconds={seconds} saidAt={saidAt} />,
    },
    { title: 'By', cell: ({ by }) => <Text of={by} limit={60} /> },
    { title: 'Since', cell: ({ since }) => <Time of={since} seconds /> },
    {
      title: 'Actions',
      kind: 'actions',
      cell: (opening) =>
        isOperator.value && (
          <button
            type="button"
            class="button quiet"
            title="Nothing new is let in; what stands goes on"
            onClick={() => onClose(opening)}
          >
            Close
          </button>
        ),
    },
  ];
}
