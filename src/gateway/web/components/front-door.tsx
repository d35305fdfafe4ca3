import type { ComponentChildren } from 'preact';
import { Mark } from './icon.tsx';

/** What stands around the pages that one sees before one is signed in. */
export function FrontDoor({
  title,
  children,
}: {
  readonly title: string;
  readonly children: ComponentChildren;
}) {
  return (
    <main class="front-door">
      <div class="front-door-box">
        <p class="brand">
          <Mark />
          Sesame
        </p>
        <h1>{title}</h1>
        {children}
      </div>
    </main>
  );
}
