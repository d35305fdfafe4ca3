import { useState } from 'preact/hooks';
import type { Client } from '../../api-types.ts';
import { hrefTo } from '../address.ts';
import { api } from '../api.ts';
import { Badge, type Tone } from '../components/badge.tsx';
import { ConfirmDialog } from '../components/confirm-dialog.tsx';
import { EnrolDialog } from '../components/enrol-dialog.tsx';
import { SearchField } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import { JoinLines } from '../components/join-lines.tsx';
import { LongTable } from '../components/long-table.tsx';
import { Empty, Loaded, Page } from '../components/page.tsx';
import type { Column } from '../components/table.tsx';
import { Ago, Text } from '../components/text.tsx';
import { countOf, formatBytes, formatCount } from '../format.ts';
import { useResource } from '../resource.ts';
import { isOperator } from '../session-state.ts';
import { say } from '../toasts.ts';

/** The pages of this section. */
export const CLIENT_TABS = [
  ['clients', 'Clients'],
  ['tokens', 'Access tokens'],
] as const;

const REFRESH_SECONDS = 15;

const TONES: Readonly<Record<Client['state'], Tone>> = {
  joined: 'good',
  revoked: 'bad',
  keyed: 'plain',
  registered: 'plain',
};

/** Who sends files, and who may join. */
export function ClientsPage() {
  const list = useResource((signal) => api.clients(signal), [], REFRESH_SECONDS);
  const [enrolling, setEnrolling] = useState(false);
  const enrol = isOperator.value && (
    <button type="button" class="button primary" onClick={() => setEnrolling(true)}>
      <Icon name="plus" />
      Enrol a client
    </button>
  );

  return (
    <Page title="Clients" tabs={CLIENT_TABS} actions={enrol}>
      <Loaded resource={list}>
        {({ clients, join_lines }) => (
          <>
            {join_lines.length > 0 && <JoinLines lines={join_lines} onChange={list.reload} />}
            {clients.length === 0 ? (
              <NoClients onEnrol={() => setEnrolling(true)} />
            ) : (
              <ClientTable clients={clients} onChange={list.reload} />
            )}
          </>
        )}
      </Loaded>
      {enrolling && <EnrolDialog onEnrolled={list.reload} onClose={() => setEnrolling(false)} />}
    </Page>
  );
}

function NoClients({ onEnrol }: { readonly onEnrol: () => void }) {
  if (!isOperator.value) {
    return (
      <Empty title="No client has joined yet.">
        <p>
          An operator enrols one here, or on the server: <code>sesamed enroll NAME</code>
        </p>
      </Empty>
    );
  }
  return (
    <Empty title="No client has joined yet.">
      <p>You get a line that a machine joins with, and it can send files at once.</p>
      <button type="button" class="button primary" onClick={onEnrol}>
        Enrol the first client
      </button>
    </Empty>
  );
}

function ClientTable({
  clients,
  onChange,
}: {
  readonly clients: readonly Client[];
  readonly onChange: () => void;
}) {
  const [search, setSearch] = useState('');
  const [revoking, setRevoking] = useState<Client>();
  const wanted = search.toLowerCase();
  const matching = clients.filter(({ name }) => name.toLowerCase().includes(wanted));

  return (
    <section aria-label="Clients">
      <div class="toolbar">
        <SearchField label="Search clients" value={search} onInput={setSearch} />
        <p class="toolbar-note muted" role="status">
          {countOf(matching.length, 'client')}
        </p>
      </div>
      <div class="panel flush">
        <LongTable
          label="Clients"
          columns={columnsFor(setRevoking)}
          rows={matching}
          keyOf={({ id, name }) => `${id} ${name}`}
        />
        {matching.length === 0 && <p class="panel-note">No client has such a name.</p>}
      </div>
      {revoking && (
        <ConfirmDialog
          title="Revoke this client?"
          action="Revoke client"
          onClose={() => setRevoking(undefined)}
          onConfirm={async () => {
            await api.revoke(revoking.name);
            say(`${revoking.name} is revoked.`);
            onChange();
          }}
        >
          <p class="thing">
            <Text of={revoking.name} limit={200} />
          </p>
          <p>It is shut out for good, and what it does at this moment ends. Its files and receipts stay.</p>
          <p>To let the machine in again, enrol it anew.</p>
        </ConfirmDialog>
      )}
    </section>
  );
}

function columnsFor(onRevoke: (client: Client) => void): readonly Column<Client>[] {
  return [
    {
      title: 'Name',
      kind: 'wide',
      cell: (client) => (
        <span class="client-name">
          <span
            class={client.connected ? 'dot on' : 'dot'}
            role="img"
            aria-label={client.connected ? 'connected' : 'not connected'}
            title={client.connected ? 'Connected now' : 'Not connected'}
          />
          <a href={hrefTo('files', { client: client.name })} title={`Id ${client.id}`}>
            <Text of={client.name} limit={60} />
          </a>
        </span>
      ),
    },
    {
      title: 'State',
      cell: (client) => (
        <>
          <Badge tone={TONES[client.state]}>{client.state}</Badge>
          {client.write_only && <Badge>write only</Badge>}
        </>
      ),
    },
    {
      title: 'Protocol',
      cell: ({ protocol, dialect }) => (
        <>
          {protocol === 'http' ? 'HTTP' : `v${protocol}`}
          {dialect !== null && (
            <span class="muted">
              {' '}
              <Text of={dialect} limit={30} />
            </span>
          )}
        </>
      ),
    },
    {
      title: 'Last seen',
      cell: ({ last_seen }) =>
        last_seen === null ? <span class="muted">never</span> : <Ago of={last_seen} />,
    },
    { title: 'Files', kind: 'number', cell: ({ files }) => formatCount(files) },
    { title: 'Size', kind: 'number', cell: ({ bytes }) => formatBytes(bytes) },
    { title: 'Receipts', kind: 'number', cell: ({ receipts }) => formatCount(receipts) },
    {
      title: 'Actions',
      kind: 'actions',
      cell: (client) =>
        isOperator.value &&
        client.state === 'joined' && (
          <button type="button" class="button quiet danger-text" onClick={() => onRevoke(client)}>
            Revoke…
          </button>
        ),
    },
  ];
}
