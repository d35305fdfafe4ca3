import type { ComponentChildren, Ref } from 'preact';
import { Badge, type Tone } from './badge.tsx';

interface DoorHeadProps {
  readonly title: string;
  readonly state: string;
  readonly tone: Tone;
  /** Takes the focus when the row that had it is gone. */
  readonly heading: Ref<HTMLHeadingElement>;
  /** How it works at present. */
  readonly facts: ComponentChildren;
  readonly children: ComponentChildren;
}

/** What stands above the table of the guard, or of the gate: its state, and what can be done. */
export function DoorHead({ title, state, tone, heading, facts, children }: DoorHeadProps) {
  return (
    <header class="door-head">
      <h2 ref={heading} tabIndex={-1}>
        {title} <Badge tone={tone}>{state}</Badge>
      </h2>
      <p class="muted">{facts}</p>
      <div class="door-actions">{children}</div>
    </header>
  );
}
