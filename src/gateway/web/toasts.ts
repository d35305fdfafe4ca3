import { signal } from '@preact/signals';

/** What has just happened. */
export interface Toast {
  readonly id: number;
  readonly kind: 'done' | 'failed';
  readonly text: string;
}

const SHOWN_MS = 6000;
const MOST = 3;

let lastId = 0;

/** The newest last. Failures stay until they are dismissed. */
export const toasts = signal<readonly Toast[]>([]);

/** Says that something went well. */
export function say(text: string): void {
  const id = add('done', text);
  setTimeout(() => dismiss(id), SHOWN_MS);
}

/** Says why something did not go well. */
export function complain(error: unknown): void {
  add('failed', error instanceof Error ? error.message : String(error));
}

/** Takes a message away. */
export function dismiss(id: number): void {
  toasts.value = toasts.value.filter((toast) => toast.id !== id);
}

function add(kind: Toast['kind'], text: string): number {
  lastId += 1;
  toasts.value = [...toasts.value, { id: lastId, kind, text }].slice(-MOST);
  return lastId;
}
