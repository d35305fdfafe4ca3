import { useState } from 'preact/hooks';
import { api } from '../api.ts';
import { Failure } from '../components/failure.tsx';
import { PasswordField } from '../components/field.tsx';
import { Page } from '../components/page.tsx';
import { useAction } from '../resource.ts';
import { say } from '../toasts.ts';
import { SETTING_TABS } from './settings.tsx';

const SHORTEST = 10;
const LONGEST = 256;

/** Another password for who is signed in. */
export function AccountPage() {
  const [old, setOld] = useState('');
  const [chosen, setChosen] = useState('');
  const { busy, error, start } = useAction(async () => {
    await api.changePassword({ old, new: chosen });
    setOld('');
    setChosen('');
    say('Your password is changed. Your sessions elsewhere have ended.');
  });

  return (
    <Page title="My password" tabs={SETTING_TABS}>
      <form
        class="form panel narrow"
        onSubmit={(event) => {
          event.preventDefault();
          start();
        }}
      >
        <PasswordField label="Password now" autoComplete="current-password" value={old} onInput={setOld} />
        <PasswordField
          label="New password"
          hint={`At least ${SHORTEST} characters.`}
          autoComplete="new-password"
          minLength={SHORTEST}
          maxLength={LONGEST}
          value={chosen}
          onInput={setChosen}
        />
        <Failure error={error} />
        <div>
          <button class="button primary" aria-disabled={busy}>
            {busy ? 'One moment…' : 'Change password'}
          </button>
        </div>
      </form>
    </Page>
  );
}
