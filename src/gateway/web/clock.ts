import { signal } from '@preact/signals';

const STEP_MS = 15_000;

/** The time in ms, which moves on every 15 seconds: what "3 min ago" is measured against. */
export const now = signal(Date.now());

setInterval(() => (now.value = Date.now()), STEP_MS);

/** What `performance.now()` says, once a second: for what counts down. It does not care about clocks that are set. */
export const second = signal(performance.now());

setInterval(() => (second.value = performance.now()), 1000);
