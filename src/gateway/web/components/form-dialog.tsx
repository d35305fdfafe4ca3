import type { ComponentChildren } from 'preact';
import { useAction } from '../resource.ts';
import { Dialog } from './dialog.tsx';
import { Failure } from './failure.tsx';

interface FormDialogProps {
  readonly title: string;
  readonly action: string;
  readonly onSubmit: () => Promise<void>;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A form in a dialog, with what the server says to it. */
export function FormDialog({ title, action, onSubmit, onClose, children }: FormDialogProps) {
  const { busy, error, start } = useAction(onSubmit);
  return (
    <Dialog title={title} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
      >
        {children}
        <Failure error={error} />
        <footer class="dialog-foot">
          <button type="button" class="button" onClick={onClose}>
            Cancel
          </button>
          <button class="button primary" aria-disabled={busy}>
            {busy ? 'One moment…' : action}
          </button>
        </footer>
      </form>
    </Dialog>
  );
}
