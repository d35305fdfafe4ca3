import { computed } from '@preact/signals';
import { useMemo } from 'preact/hooks';
import { second } from '../clock.ts';
import { secondsLeft, type Deadline } from '../deadline.ts';
import { formatDuration } from '../format.ts';

/** Counts down by itself: of a long list nothing but these texts is drawn anew each second. */
export function TimeLeft({ seconds, saidAt }: Deadline) {
  const text = useMemo(
    () =>
      computed(() => {
        const left = secondsLeft({ seconds, saidAt }, second.value);
        return left === 0 ? 'ends now' : formatDuration(left);
      }),
    [seconds, saidAt],
  );
  return <span class="time-left">{text}</span>;
}
