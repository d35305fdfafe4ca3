import { useEffect, useState } from 'preact/hooks';
import type { LinkOwner } from '../../api-types.ts';
import { api } from '../api.ts';
import { Failure } from '../components/failure.tsx';
import { Field, PasswordField } from '../components/field.tsx';
import { FrontDoor } from '../components/front-door.tsx';
import { Skeleton } from '../components/page.tsx';
import { Text } from '../components/text.tsx';
import { ApiError } from '../http.ts';
import { useAction, useResource, type Resource } from '../resource.ts';
import { signInToken } from '../router.ts';
import { signInWithLink } from '../session.ts';
import { say } from '../toasts.ts';

const SHORTEST = 10;
const LONGEST = 256;

/** What a sign-in link opens: its bearer chooses a password, and where nobody is named yet, a name. */
export function SignInLinkPage({ token }: { readonly token: string }) {
  const owner = useResource(() => api.linkOwner(token), [token]);
  useEffect(() => {
    document.title = 'Welcome · Sesame';
  }, []);

  return (
    <FrontDoor title="Welcome to Sesame">
      {owner.data ? (
        <ChoosePassword token={token} owner={owner.data} />
      ) : (
        <>
          {owner.loading ? <Skeleton lines={3} /> : <LinkFailure owner={owner} />}
          <button type="button" class="button" onClick={() => (signInToken.value = undefined)}>
            Sign in with a password instead
          </button>
        </>
      )}
    </FrontDoor>
  );
}

/** A link that is used up stays so: only where there was no answer it helps to ask again. */
function LinkFailure({ owner }: { readonly owner: Resource<LinkOwner> }) {
  const { error, reload } = owner;
  const isWorthIt = error instanceof ApiError && error.code === 'unreachable';
  return <Failure error={error} onRetry={isWorthIt ? reload : undefined} />;
}

function ChoosePassword({ token, owner }: { readonly token: string; readonly owner: LinkOwner }) {
  const [name, setName] = useState(owner.name ?? '');
  const [password, setPassword] = useState('');
  const { busy, error, start } = useAction(async () => {
    await signInWithLink({ token, name, password });
    signInToken.value = undefined;
    say(`Welcome, ${name}. From now on you sign in with your password.`);
  });

  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        start();
      }}
    >
      {owner.name === null ? (
        <>
          <p>This link is for the first {owner.role}. Choose a name and a password to sign in with.</p>
          <Field label="Name" autoComplete="username" autoFocus value={name} onInput={setName} />
        </>
      ) : (
        <p>
          This link is for <strong>{<Text of={owner.name} />}</strong>, who is {article(owner.role)}. Choose a
          password to sign in with from now on.
        </p>
      )}
      <PasswordField
        label="Password"
        hint={`At least ${SHORTEST} characters.`}
        autoComplete="new-password"
        autoFocus={owner.name !== null}
        minLength={SHORTEST}
        maxLength={LONGEST}
        value={password}
        onInput={setPassword}
      />
      <Failure error={error} />
      <button class="button primary" aria-disabled={busy}>
        {busy ? 'One moment…' : 'Set password and sign in'}
      </button>
    </form>
  );
}

function article(role: LinkOwner['role']): string {
  return role === 'operator' ? 'an operator' : 'a viewer';
}
