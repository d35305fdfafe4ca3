import { useState } from 'preact/hooks';
import type { JoinLine } from '../../join-types.ts';
import { api } from '../api.ts';
import { isOperator } from '../session-state.ts';
import { say } from '../toasts.ts';
import { Badge } from './badge.tsx';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { Ago, Text } from './text.tsx';

/** The join lines that nobody has used yet. */
export function JoinLines({
  lines,
  onChange,
}: {
  readonly lines: readonly JoinLine[];
  readonly onChange: () => void;
}) {
  const [withdrawing, setWithdrawing] = useState<JoinLine>();
  return (
    <section class="panel flush" aria-label="Join lines not used yet">
      <h2>Join lines not used yet</h2>
      <ul class="rows">
        {lines.map((line) => (
          <li key={line.name}>
            <span class="rows-name">
              <Text of={line.name} limit={60} />
              {line.write_only && <Badge>write only</Badge>}
            </span>
            <span class="muted">
              expires <Ago of={line.expires} />
            </span>
            {isOperator.value && (
              <button type="button" class="button quiet danger-text" onClick={() => setWithdrawing(line)}>
                Withdraw…
              </button>
            )}
          </li>
        ))}
      </ul>
      {withdrawing && (
        <ConfirmDialog
          title="Withdraw this join line?"
          action="Withdraw line"
          onClose={() => setWithdrawing(undefined)}
          onConfirm={async () => {
            await api.withdrawJoinLine(withdrawing.name);
            say(`The join line of ${withdrawing.name} is withdrawn.`);
            onChange();
          }}
        >
          <p class="thing">
            <Text of={withdrawing.name} limit={200} />
          </p>
          <p>Nobody can join with it any more.</p>
        </ConfirmDialog>
      )}
    </section>
  );
}
