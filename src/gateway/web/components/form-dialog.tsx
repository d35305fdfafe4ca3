import type { ComponentChildren } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { type Faults, FieldError } from '../faults.ts';
import { ApiError } from '../http.ts';
import { useAction } from '../resource.ts';
import { Dialog } from './dialog.tsx';
import { Failure } from './failure.tsx';
import { FormFaults } from './form-faults.ts';

interface FormDialogProps {
  readonly title: string;
  readonly action: string;
  readonly shape?: 'box' | 'wide';
  readonly onSubmit: () => Promise<void>;
  readonly onClose: () => void;
  readonly children: ComponentChildren;
}

/** A form in a dialog, with what the server says to it: beside the field that it is about, where it is about one. */
export function FormDialog({ title, action, shape = 'box', onSubmit, onClose, children }: FormDialogProps) {
  const { busy, error, start } = useAction(onSubmit);
  const form = useRef<HTMLFormElement>(null);
  const faults = faultsOf(error);
  const isOfFields = Object.keys(faults).length > 0;
  useEffect(() => form.current?.querySelector<HTMLElement>('[aria-invalid="true"]')?.focus(), [error]);
  return (
    <Dialog title={title} shape={shape} onClose={onClose}>
      <form
        ref={form}
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
      >
        <FormFaults.Provider value={faults}>{children}</FormFaults.Provider>
        <Failure error={isOfFields ? undefined : error} />
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

function faultsOf(error: Error | undefined): Faults {
  return error instanceof FieldError || error instanceof ApiError ? error.faults : {};
}
