import { useEffect, useState } from 'preact/hooks';
import { say } from '../toasts.ts';
import { Icon } from './icon.tsx';

const SHOWN_MS = 2000;

/** Copies a text. `what` completes "Copy …". */
export function CopyButton({
  text,
  what,
  small = false,
}: {
  readonly text: string;
  readonly what: string;
  readonly small?: boolean;
}) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), SHOWN_MS);
    return () => clearTimeout(timer);
  }, [copied]);

  return (
    <button
      type="button"
      class={small ? 'button quiet square' : 'button'}
      aria-label={`Copy ${what}`}
      title={`Copy ${what}`}
      onClick={(event) => {
        const near = event.currentTarget.parentElement ?? document.body;
        void copy(text, near).then((done) => {
          setCopied(done);
          say(done ? `Copied ${what}.` : 'The browser did not allow copying. Select the text and copy it.');
        });
      }}
    >
      <Icon name={copied ? 'check' : 'copy'} />
      {!small && (copied ? 'Copied' : 'Copy')}
    </button>
  );
}

/** Over plain HTTP on another address than loopback browsers have no clipboard: then the old way is all there is. */
async function copy(text: string, near: Element): Promise<boolean> {
  // The type says always; a page without a secure context says otherwise.
  const clipboard = navigator.clipboard as Clipboard | undefined;
  if (clipboard)
    return clipboard.writeText(text).then(
      () => true,
      () => false,
    );

  const area = document.createElement('textarea');
  area.value = text;
  area.className = 'visually-hidden';
  // Within an open dialog nothing outside of it can be selected.
  near.append(area);
  area.select();
  // eslint-disable-next-line @typescript-eslint/no-deprecated -- see above
  const done = document.execCommand('copy');
  area.remove();
  return done;
}
