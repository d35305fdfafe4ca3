import { useState } from 'preact/hooks';
import type { AccessToken, NewToken } from '../../client-types.ts';
import { api } from '../api.ts';
import { ConfirmDialog } from '../components/confirm-dialog.tsx';
import { Choice, Field } from '../components/field.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { Icon } from '../components/icon.tsx';
import { Empty, Loaded, Page } from '../components/page.tsx';
import { Secret, SecretDialog } from '../components/secret-dialog.tsx';
import { Table, type Column } from '../components/table.tsx';
import { Ago, Text, Time } from '../components/text.tsx';
import { WriteOnlyCheck } from '../components/write-only-check.tsx';
import { useResource } from '../resource.ts';
import { isOperator } from '../session-state.ts';
import { say } from '../toasts.ts';
import { CLIENT_TABS } from './clients.tsx';

/** Access tokens: how scripts reach a client's files over HTTP. */
export function TokensPage() {
  const list = useResource((signal) => api.tokens(signal), []);
  const [making, setMaking] = useState(false);
  const [removing, setRemoving] = useState<AccessToken>();
  const make = isOperator.value && (
    <button type="button" class="button primary" onClick={() => setMaking(true)}>
      <Icon name="plus" />
      Make a token
    </button>
  );

  return (
    <Page title="Access tokens" tabs={CLIENT_TABS} actions={make}>
      <p class="lead">
        For scripts that send files over HTTP. A token reaches the files of its client and nothing else.
      </p>
      <Loaded resource={list}>
        {({ tokens }) =>
          tokens.length === 0 ? (
            <Empty title="There are no tokens.">
              <p>
                {isOperator.value
                  ? 'Make one here, or on the server: '
                  : 'An operator makes one here, or on the server: '}
                <code>sesamed tokens add CLIENT</code>
              </p>
            </Empty>
          ) : (
            <div class="panel flush">
              <Table
                label="Access tokens"
                columns={columnsFor(setRemoving)}
                rows={tokens}
                keyOf={({ id }) => id}
              />
            </div>
          )
        }
      </Loaded>
      {making && <MakeDialog onMade={list.reload} onClose={() => setMaking(false)} />}
      {removing && (
        <ConfirmDialog
          title="Remove this token?"
          action="Remove token"
          onClose={() => setRemoving(undefined)}
          onConfirm={async () => {
            await api.removeToken(removing.id);
            say(`A token of ${removing.client} is removed.`);
            list.reload();
          }}
        >
          <p class="thing">
            <Text of={removing.id} limit={80} /> of <Text of={removing.client} limit={200} />
          </p>
          <p>What uses it is refused from now on. Files stay.</p>
        </ConfirmDialog>
      )}
    </Page>
  );
}

function columnsFor(onRemove: (token: AccessToken) => void): readonly Column<AccessToken>[] {
  return [
    { title: 'Client', kind: 'wide', cell: ({ client }) => <Text of={client} limit={60} /> },
    {
      title: 'Id',
      cell: ({ id }) => (
        <span class="mono">
          <Text of={id} limit={24} />
        </span>
      ),
    },
    { title: 'Made', cell: ({ created }) => <Time of={created} /> },
    {
      title: 'Last used',
      cell: ({ last_used }) =>
        last_used === null ? <span class="muted">never</span> : <Ago of={last_used} />,
    },
    {
      title: 'Expires',
      cell: ({ expires }) => (expires === null ? <span class="muted">never</span> : <Ago of={expires} />),
    },
    {
      title: 'Actions',
      kind: 'actions',
      cell: (token) =>
        isOperator.value && (
          <button type="button" class="button quiet danger-text" onClick={() => onRemove(token)}>
            Remove…
          </button>
        ),
    },
  ];
}

const DAYS = [
  ['30', '30 days'],
  ['90', '90 days'],
  ['365', '1 year'],
  ['never', 'until it is removed'],
] as const;

function MakeDialog({ onMade, onClose }: { readonly onMade: () => void; readonly onClose: () => void }) {
  const [client, setClient] = useState('');
  const [days, setDays] = useState<(typeof DAYS)[number][0]>('90');
  const [writeOnly, setWriteOnly] = useState(false);
  const [made, setMade] = useState<NewToken>();
  if (made) return <TokenDialog made={made} onClose={onClose} />;

  return (
    <FormDialog
      title="Make an access token"
      action="Make token"
      onClose={onClose}
      onSubmit={async () => {
        const expires_days = days === 'never' ? null : Number(days);
        setMade(await api.addToken({ client, write_only: writeOnly, expires_days }));
        say(`Made a token for ${client}.`);
        onMade();
      }}
    >
      <Field
        label="Client"
        hint="One that is there, or the name of a new one."
        autoFocus
        value={client}
        onInput={setClient}
      />
      <Choice label="It is good for" value={days} options={DAYS} onChange={setDays} />
      <WriteOnlyCheck checked={writeOnly} onChange={setWriteOnly} />
    </FormDialog>
  );
}

function TokenDialog({ made, onClose }: { readonly made: NewToken; readonly onClose: () => void }) {
  const command = `curl -H 'Authorization: Bearer ${made.token}' -T FILE ${location.origin}/upload/FILE`;
  return (
    <SecretDialog title="Access token" onClose={onClose}>
      <p>
        For{' '}
        <strong>
          <Text of={made.client} />
        </strong>
        . It is shown this once; {made.expires === null ? 'it is good until it is removed' : 'it expires '}
        {made.expires !== null && <Ago of={made.expires} />}.
      </p>
      <Secret label="the token" text={made.token} />
      <p class="muted">To send a file with it:</p>
      <Secret label="the command" text={command} />
    </SecretDialog>
  );
}
