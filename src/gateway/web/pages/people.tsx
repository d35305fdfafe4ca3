import { useState } from 'preact/hooks';
import type { NewLink, Role, User } from '../../api-types.ts';
import { api } from '../api.ts';
import { Badge } from '../components/badge.tsx';
import { ConfirmDialog } from '../components/confirm-dialog.tsx';
import { Choice, Field } from '../components/field.tsx';
import { FormDialog } from '../components/form-dialog.tsx';
import { Icon } from '../components/icon.tsx';
import { Loaded, Page } from '../components/page.tsx';
import { Secret, SecretDialog } from '../components/secret-dialog.tsx';
import { Table, type Column } from '../components/table.tsx';
import { Ago, Text, Time } from '../components/text.tsx';
import { useResource } from '../resource.ts';
import { isOperator, session } from '../session-state.ts';
import { complain, say } from '../toasts.ts';
import { SETTING_TABS } from './settings.tsx';

/** Who may sign in. */
export function PeoplePage() {
  const list = useResource((signal) => api.users(signal), []);
  const [adding, setAdding] = useState(false);
  const [removing, setRemoving] = useState<User>();
  const [made, setMade] = useState<NewLink>();
  const makeLink = ({ name }: User): void => {
    api.linkUser(name).then((link) => {
      setMade(link);
      say(`Made a sign-in link for ${name}.`);
    }, complain);
  };
  const add = isOperator.value && (
    <button type="button" class="button primary" onClick={() => setAdding(true)}>
      <Icon name="plus" />
      Add a person
    </button>
  );

  return (
    <Page title="People" tabs={SETTING_TABS} actions={add}>
      <p class="lead">
        A viewer sees everything and changes nothing. An operator also deletes, enrols, revokes, and manages
        people.
      </p>
      <Loaded resource={list}>
        {({ users }) => (
          <div class="panel flush">
            <Table
              label="People"
              columns={columnsFor(makeLink, setRemoving)}
              rows={users}
              keyOf={({ name }) => name}
            />
          </div>
        )}
      </Loaded>
      {adding && (
        <AddDialog
          onClose={() => setAdding(false)}
          onAdded={(link) => {
            setAdding(false);
            setMade(link);
            list.reload();
          }}
        />
      )}
      {made && (
        <SecretDialog title="Sign-in link" onClose={() => setMade(undefined)}>
          <p>
            Give this to{' '}
            <strong>
              <Text of={made.name} />
            </strong>
            , who chooses a password with it. It works once, expires <Ago of={made.expires} />, and is not
            shown again.
          </p>
          <Secret label="the link" text={made.link} />
        </SecretDialog>
      )}
      {removing && (
        <ConfirmDialog
          title="Remove this person?"
          action="Remove person"
          onClose={() => setRemoving(undefined)}
          onConfirm={async () => {
            await api.removeUser(removing.name);
            say(`${removing.name} is removed.`);
            list.reload();
          }}
        >
          <p class="thing">
            <Text of={removing.name} limit={200} />
          </p>
          <p>Their sessions end at once. What they did stays in the audit trail.</p>
        </ConfirmDialog>
      )}
    </Page>
  );
}

function columnsFor(onLink: (user: User) => void, onRemove: (user: User) => void): readonly Column<User>[] {
  return [
    {
      title: 'Name',
      kind: 'wide',
      cell: ({ name, has_password }) => (
        <>
          <Text of={name} limit={60} />
          {name === session.value?.user.name && <span class="muted"> (you)</span>}
          {!has_password && <span class="muted second">has not chosen a password yet</span>}
        </>
      ),
    },
    {
      title: 'Role',
      cell: ({ role }) => <Badge tone={role === 'operator' ? 'accent' : 'plain'}>{role}</Badge>,
    },
    { title: 'Added', cell: ({ created }) => <Time of={created} /> },
    {
      title: 'Last seen',
      cell: ({ last_seen }) =>
        last_seen === null ? <span class="muted">never</span> : <Ago of={last_seen} />,
    },
    {
      title: 'Actions',
      kind: 'actions',
      cell: (user) =>
        isOperator.value && (
          <>
            <button type="button" class="button quiet" onClick={() => onLink(user)}>
              Sign-in link
            </button>
            <button type="button" class="button quiet danger-text" onClick={() => onRemove(user)}>
              Remove…
            </button>
          </>
        ),
    },
  ];
}

const ROLES: readonly (readonly [Role, string])[] = [
  ['viewer', 'Viewer'],
  ['operator', 'Operator'],
];

function AddDialog({
  onAdded,
  onClose,
}: {
  readonly onAdded: (link: NewLink) => void;
  readonly onClose: () => void;
}) {
  const [name, setName] = useState('');
  const [role, setRole] = useState<Role>('viewer');
  return (
    <FormDialog
      title="Add a person"
      action="Add and make a sign-in link"
      onClose={onClose}
      onSubmit={async () => {
        const link = await api.addUser({ name, role });
        say(`Added ${name}.`);
        onAdded(link);
      }}
    >
      <Field label="Name" autoFocus autoComplete="off" value={name} onInput={setName} />
      <Choice label="Role" value={role} options={ROLES} onChange={setRole} />
    </FormDialog>
  );
}
