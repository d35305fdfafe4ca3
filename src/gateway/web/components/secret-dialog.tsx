import type { ComponentChildren } from 'preact';
import { CopyButton } from './copy-button.tsx';
import { Dialog } from './dialog.tsx';

interface SecretProps {
  readonly label: string;
  readonly text: string;
}

/** A secret to be copied, on one line. */
export function Secret({ label, text }: SecretProps) {
  return (
    <div class="secret">
      <code tabIndex={0} role="group" aria-label={label}>
        {text}
      </code>
      <CopyButton text={text} what={label} />
    </div>
  );
}

/** Shows what is shown once. A click beside it must not lose it, but Esc and the buttons close it. */
export function SecretDialog({
  title,
  onClose,
  children,
}: {
  readonly title: string;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}) {
  return (
    <Dialog title={title} shape="wide" onClose={onClose}>
      {children}
      <footer class="dialog-foot">
        <button type="button" class="button primary" onClick={onClose}>
          Done
        </button>
      </footer>
    </Dialog>
  );
}
