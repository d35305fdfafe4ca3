import type { ComponentChildren } from 'preact';
import { useAction } from '../resource.ts';
import { Dialog } from './dialog.tsx';
import { Failure } from './failure.tsx';

interface ConfirmProps {
  readonly title: string;
  /** What the button says: the verb and the thing. */
  readonly action: string;
  readonly onConfirm: () => Promise<void>;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** Asks before something is done that cannot be undone. The safe answer has the focus. */
export function ConfirmDialog({ title, action, onConfirm, onClose, children }: ConfirmProps) {
  const { busy, error, start } = useAction(async () => {
    await onConfirm();
    onClose();
  });
  return (
    <Dialog title={title} onClose={onClose}>
      <div class="prose">{children}</div>
      <Failure error={error} />
      <footer class="dialog-foot">
        <button type="button" class="button" autoFocus onClick={onClose}>
          Cancel
        </button>
        <button type="button" class="button danger" aria-disabled={busy} onClick={start}>
          {busy ? 'One moment…' : action}
        </button>
      </footer>
    </Dialog>
  );
}
