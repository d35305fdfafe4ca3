import { useState } from 'preact/hooks';
import { api } from '../api.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { Secret, SecretDialog } from './secret-dialog.tsx';

/** Makes a new recovery PIN, and shows it once. */
export function RecoveryPin() {
  const [state, setState] = useState<'asking' | { readonly pin: string }>();
  return (
    <>
      <button type="button" class="button" onClick={() => setState('asking')}>
        New recovery PIN…
      </button>
      {state === 'asking' && (
        <ConfirmDialog
          title="Make a new recovery PIN?"
          action="Make a new PIN"
          // What is shown by then stays.
          onClose={() => setState((now) => (now === 'asking' ? undefined : now))}
          onConfirm={async () => setState(await api.newPin())}
        >
          <p>
            It lets one blocked address back in, once. The PIN that there is now is void from then on: whoever
            wrote it down needs the new one.
          </p>
        </ConfirmDialog>
      )}
      {typeof state === 'object' && (
        <SecretDialog title="Recovery PIN" onClose={() => setState(undefined)}>
          <p>It is shown this once. Keep it where you find it when you are locked out.</p>
          <Secret label="the PIN" text={state.pin} />
          <p class="muted">
            Whoever is blocked gives it on the page that says so, or with <code>sesame knock recover</code>.
          </p>
        </SecretDialog>
      )}
    </>
  );
}
