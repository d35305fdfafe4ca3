import { useRef, useState } from 'preact/hooks';
import type { Security, Suspect } from '../../security-types.ts';
import { api } from '../api.ts';
import { formatCount } from '../format.ts';
import { isOperator } from '../session-state.ts';
import { complain, say } from '../toasts.ts';
import { Badge, type Tone } from './badge.tsx';
import { BlockDialog } from './block-dialog.tsx';
import { DoorHead } from './door-head.tsx';
import { LongTable } from './long-table.tsx';
import { Meter } from './meter.tsx';
import { Empty } from './page.tsx';
import { RecoveryPin } from './recovery-pin.tsx';
import type { Column } from './table.tsx';
import { Text } from './text.tsx';
import { TimeLeft } from './time-left.tsx';

type Guard = Security['guard'];

interface GuardPanelProps {
  readonly guard: Guard;
  /** When the server said so: `performance.now()`. */
  readonly saidAt: number;
  readonly onChange: () => void;
}

const TONES: Readonly<Record<Suspect['state'], Tone>> = { noted: 'plain', warned: 'warning', blocked: 'bad' };

/** Who misbehaved, and who is shut out for it. */
export function GuardPanel({ guard, saidAt, onChange }: GuardPanelProps) {
  const [blocking, setBlocking] = useState(false);
  const heading = useRef<HTMLHeadingElement>(null);
  const isOn = guard.state === 'on';
  const forget = ({ who, state }: Suspect): void => {
    api.unblock(who).then(() => {
      say(state === 'blocked' ? `${who} is let in again.` : `What ${who} did is forgotten.`);
      heading.current?.focus();
      onChange();
    }, complain);
  };
  const { entries, tracked, more } = guard;
  return (
    <section class="panel flush guard" aria-label="Guard">
      <DoorHead
        title="Guard"
        state={guard.state}
        tone={isOn ? 'good' : 'plain'}
        heading={heading}
        facts={<Rules guard={guard} />}
      >
        {isOn && isOperator.value && (
          <>
            <RecoveryPin />
            <button type="button" class="button primary" onClick={() => setBlocking(true)}>
              Block somebody
            </button>
          </>
        )}
      </DoorHead>
      {entries.length === 0 ? (
        <NobodyCounted isOn={isOn} />
      ) : (
        <LongTable
          label="Who is counted"
          columns={columnsFor(guard, saidAt, forget)}
          rows={entries}
          keyOf={({ who }) => who}
        />
      )}
      {more && (
        <p class="panel-note">
          The first {formatCount(entries.length)} of {formatCount(tracked)} are listed, blocks before others.
        </p>
      )}
      {blocking && <BlockDialog onBlocked={onChange} onClose={() => setBlocking(false)} />}
    </section>
  );
}

function Rules({ guard: { state, rules, blocked } }: { readonly guard: Guard }) {
  if (state === 'off') return <>It counts nobody, and blocks nobody.</>;
  return (
    <>
      {blocked === 0 ? 'Nobody is' : `${formatCount(blocked)} ${blocked === 1 ? 'is' : 'are'}`} blocked. A
      warning at {rules.warn_at} points, a block at {rules.block_at}; half of them fade in{' '}
      {formatCount(rules.half_life)} s.
    </>
  );
}

function NobodyCounted({ isOn }: { readonly isOn: boolean }) {
  if (!isOn) {
    return (
      <Empty title="The guard is off.">
        <p>
          Start the server with <code>--guard on</code>, and who guesses passwords or looks for holes is shut
          out for a while.
        </p>
      </Empty>
    );
  }
  return (
    <Empty title="Nobody has misbehaved of late.">
      <p>
        Whoever does will stand here. {isOperator.value ? 'You block' : 'An operator blocks'} by hand here, or
        on the server: <code>sesamed guard block WHO</code>
      </p>
    </Empty>
  );
}

function columnsFor(
  { rules }: Guard,
  saidAt: number,
  onForget: (suspect: Suspect) => void,
): readonly Column<Suspect>[] {
  return [
    {
      title: 'Who',
      kind: 'wide',
      cell: ({ who }) => (
        <span class="mono">
          <Text of={who} limit={80} />
        </span>
      ),
    },
    { title: 'State', cell: ({ state }) => <Badge tone={TONES[state]}>{state}</Badge> },
    {
      title: 'Time left',
      cell: ({ seconds_left: seconds }) => seconds !== null && <TimeLeft seconds={seconds} saidAt={saidAt} />,
    },
    { title: 'Score', cell: ({ score }) => <Score score={score} blockAt={rules.block_at} /> },
    { title: 'Blocks', kind: 'number', cell: ({ blocks }) => formatCount(blocks) },
    { title: 'By', cell: ({ by }) => by },
    {
      title: 'Reason',
      cell: ({ reason }) => reason !== null && <Text of={reason} limit={80} />,
    },
    {
      title: 'Actions',
      kind: 'actions',
      cell: (suspect) =>
        isOperator.value && (
          <button
            type="button"
            class="button quiet"
            title={suspect.state === 'blocked' ? 'Let in again, and forget the score' : 'Forget the score'}
            onClick={() => onForget(suspect)}
          >
            {suspect.state === 'blocked' ? 'Unblock' : 'Forget'}
          </button>
        ),
    },
  ];
}

/** How near it is to a block. */
function Score({ score, blockAt }: { readonly score: number; readonly blockAt: number }) {
  const share = blockAt === 0 ? 1 : Math.min(1, score / blockAt);
  return (
    <span class="score">
      <span>{score.toFixed(1)}</span>
      <Meter label="Score" share={share} text={`${score.toFixed(1)} of ${blockAt}`} full={share >= 1} />
    </span>
  );
}
