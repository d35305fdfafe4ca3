import { useState } from 'preact/hooks';
import type { JoinRequest } from '../../join-types.ts';
import { api } from '../api.ts';
import { FieldError } from '../faults.ts';
import { ApiError } from '../http.ts';
import { say } from '../toasts.ts';
import { Field } from './field.tsx';
import { FormDialog } from './form-dialog.tsx';
import { Ago, Text } from './text.tsx';
import { WriteOnlyCheck } from './write-only-check.tsx';

/** So much of a fingerprint nobody finds a second key for. */
const ENOUGH = 16;

interface ApproveProps {
  readonly request: JoinRequest;
  readonly onApproved: () => void;
  /** The request is not there any more. */
  readonly onGone: () => void;
  readonly onClose: () => void;
}

/** Lets a machine join, once the operator has read its fingerprint off the machine itself. It is not shown here: a yes would say nothing. */
export function ApproveDialog({ request, onApproved, onGone, onClose }: ApproveProps) {
  const [typed, setTyped] = useState('');
  const [name, setName] = useState(request.name);
  const [writeOnly, setWriteOnly] = useState(false);
  return (
    <FormDialog
      title="Approve this machine"
      action="Approve machine"
      onClose={onClose}
      onSubmit={async () => {
        checkFingerprint(typed, request.fingerprint);
        const { name: asked, fingerprint } = request;
        const as = name.trim() === asked ? null : name.trim();
        const approved = await api
          .approve({ name: asked, fingerprint, as, write_only: writeOnly })
          .catch((error: unknown) => {
            if (error instanceof ApiError && error.code === 'not-found') onGone();
            throw explained(error);
          });
        say(`${approved.name} is let in at its next attempt.`);
        onClose();
        onApproved();
      }}
    >
      <p>
        <strong>
          <Text of={request.name} limit={100} />
        </strong>{' '}
        asks from{' '}
        <span class="mono">
          <Text of={request.address} limit={60} />
        </span>
        , since <Ago of={request.asked} />. Anybody can call itself so: only its key says which machine it is.
      </p>
      <Field
        label="Fingerprint, as the machine shows it"
        name="fingerprint"
        hint={
          <>
            Read or paste it from the machine’s own screen, where <code>sesame enroll</code> waits: all of it,
            or at least its first {ENOUGH} characters.
          </>
        }
        autoFocus
        autoComplete="off"
        value={typed}
        onInput={setTyped}
      />
      <Field
        label="Its name here"
        name="as"
        hint="Its files will stand below this name."
        autoComplete="off"
        value={name}
        onInput={setName}
      />
      <WriteOnlyCheck checked={writeOnly} onChange={setWriteOnly} />
    </FormDialog>
  );
}

/** @throws FieldError */
function checkFingerprint(typed: string, fingerprint: string): void {
  const given = typed.replaceAll(/\s/g, '');
  if (fingerprint.startsWith(given) && given.length >= ENOUGH) return;
  throw new FieldError({
    fingerprint: fingerprint.startsWith(given)
      ? `That is too little of it: ${ENOUGH} characters at least.`
      : 'That is not the key that asks here. If the machine really shows this, somebody else asks under its name: deny this request.',
  });
}

function explained(error: unknown): unknown {
  if (!(error instanceof ApiError)) return error;
  if (error.code === 'not-found') {
    return new Error(
      'This request is there no longer: somebody has decided, it was forgotten, or the machine asks with another key now. Nothing was changed. Look at the list again.',
      { cause: error },
    );
  }
  if (error.code === 'name-taken' || error.code === 'bad-name') return new FieldError({ as: error.message });
  return error;
}
