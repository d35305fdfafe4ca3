import { useEffect, useState } from 'preact/hooks';
import { Failure } from '../components/failure.tsx';
import { Field, PasswordField } from '../components/field.tsx';
import { FrontDoor } from '../components/front-door.tsx';
import { useAction } from '../resource.ts';
import { signIn } from '../session.ts';
import { sessionEnded } from '../session-state.ts';

/** Name and password. */
export function SignInPage() {
  const [name, setName] = useState('');
  const [password, setPassword] = useState('');
  const { busy, error, start } = useAction(() => signIn({ name, password }));
  useEffect(() => {
    document.title = 'Sign in · Sesame';
  }, []);

  return (
    <FrontDoor title="Sign in">
      {sessionEnded.value && (
        <p class="notice" role="status">
          Your session has ended. Sign in to go on where you were.
        </p>
      )}
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
      >
        <Field label="Name" autoComplete="username" autoFocus value={name} onInput={setName} />
        <PasswordField
          label="Password"
          autoComplete="current-password"
          value={password}
          onInput={setPassword}
        />
        <Failure error={error} />
        <button class="button primary" aria-disabled={busy}>
          {busy ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
      <div class="prose front-door-help">
        <p>
          First time here? As long as there is nobody, the server prints a sign-in link each time it starts.
        </p>
        <p>
          Forgot the password? An operator makes a new link under Settings, or on the server:{' '}
          <code>sesamed users link NAME</code>
        </p>
      </div>
    </FrontDoor>
  );
}
