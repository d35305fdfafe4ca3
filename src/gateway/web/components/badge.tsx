import type { ComponentChildren } from 'preact';

export type Tone = 'plain' | 'good' | 'warning' | 'bad' | 'accent';

/** A word or two that say in which state something is. */
export function Badge({
  tone = 'plain',
  children,
}: {
  readonly tone?: Tone;
  readonly children: ComponentChildren;
}) {
  return <span class={`badge ${tone}`}>{children}</span>;
}
