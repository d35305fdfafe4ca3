import { formatCount } from '../format.ts';
import { joins } from '../live.ts';

/** How many machines wait to be let in, beside the name of where they do; nothing where none waits. */
export function WaitingCount() {
  const { waiting } = joins.value;
  if (waiting === 0) return null;
  return (
    <span class="waiting-count number">
      {formatCount(waiting)}
      <span class="visually-hidden"> waiting to join</span>
    </span>
  );
}
