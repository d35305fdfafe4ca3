import { batch, effect, signal } from '@preact/signals';
import type { JoinNews, LiveEvents, Sample } from '../api-types.ts';
import { resumeSession } from './session.ts';
import { session } from './session-state.ts';
import { showTransfers } from './transfers.ts';

/** How the page hangs on the server: `lost` is what the user is told about. */
export const link = signal<'connecting' | 'live' | 'lost'>('connecting');

/** The last five minutes, oldest first. */
export const samples = signal<readonly Sample[]>([]);

/** Who waits to be let in. */
export const joins = signal<JoinNews>({ waiting: 0, change: 0 });

const KEPT = 300;
const SILENCE_MS = 6000;
const FIRST_DELAY_MS = 1000;
const LONGEST_DELAY_MS = 8000;

let source: EventSource | undefined;
let timer: ReturnType<typeof setTimeout> | undefined;
let delay = FIRST_DELAY_MS;

// Nobody looks at a hidden tab, and each stream takes one of the browser's six connections to a server.
document.addEventListener('visibilitychange', restart);

effect(() => {
  // Only who signs in or out matters here, not every new session object.
  const signedIn = session.value ? session.value.user.name : undefined;
  if (signedIn === undefined) stop();
  else restart();
});

function restart(): void {
  stop();
  if (session.peek() && document.visibilityState === 'visible') open();
}

function stop(): void {
  clearTimeout(timer);
  source?.close();
  source = undefined;
}

function open(): void {
  const opened = new EventSource('/api/live');
  source = opened;
  expectNews();
  opened.addEventListener('error', lose);
  on(opened, 'history', ({ samples: all }) => (samples.value = all.slice(-KEPT)));
  on(opened, 'sample', (sample) => (samples.value = [...samples.value, sample].slice(-KEPT)));
  on(opened, 'transfers', showTransfers);
  on(opened, 'joins', (news) => (joins.value = news));
}

function on<K extends keyof LiveEvents>(
  opened: EventSource,
  name: K,
  take: (event: LiveEvents[K]) => void,
): void {
  opened.addEventListener(name, ({ data }: MessageEvent<string>) => {
    if (opened !== source) return;
    delay = FIRST_DELAY_MS;
    expectNews();
    batch(() => {
      link.value = 'live';
      take(JSON.parse(data) as LiveEvents[K]);
    });
  });
}

/** There is news every second: where it stays away the connection is dead, even if nobody says so. */
function expectNews(): void {
  clearTimeout(timer);
  timer = setTimeout(lose, SILENCE_MS);
}

function lose(): void {
  stop();
  link.value = 'lost';
  timer = setTimeout(() => void tryAgain(), delay);
  delay = Math.min(delay * 2, LONGEST_DELAY_MS);
}

/** An event source does not tell why it failed. The session does: it is gone, or the server is. */
async function tryAgain(): Promise<void> {
  try {
    await resumeSession();
  } catch {
    lose();
  }
}
