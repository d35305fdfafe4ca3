import { useState } from 'preact/hooks';
import type { Client } from '../../client-types.ts';
import { hrefTo } from '../address.ts';
import { api } from '../api.ts';
import { now } from '../clock.ts';
import { ClientBadges, ConnectedDot } from '../components/client-badges.tsx';
import { EnrolDialog } from '../components/enrol-dialog.tsx';
import { SearchField } from '../components/field.tsx';
import { Icon } from '../components/icon.tsx';
import { JoinLines } from '../components/join-lines.tsx';
import { LongTable } from '../components/long-table.tsx';
import { Meter } from '../components/meter.tsx';
import { OutboxCell } from '../components/outbox-view.tsx';
import { Empty, Loaded, Page } from '../components/page.tsx';
import { RevokeDialog } from '../components/revoke-dialog.tsx';
import type { Column } from '../components/table.tsx';
import { Ago, Text } from '../components/text.tsx';
import { countOf, formatBytes, formatCount, formatPercent } from '../format.ts';
import { joins } from '../live.ts';
import { isSilent } from '../outbox.ts';
import { useResource } from '../resource.ts';
import { isOperator } from '../session-state.ts';

/** The pages of this section. */
export const CLIENT_TABS = [
  ['clients', 'Clients'],
  ['joining', 'Joining'],
  ['policies', 'Policies'],
  ['tokens', 'Access tokens'],
] as const;

const REFRESH_SECONDS = 15;
const NEARLY_FULL = 0.9;

type Kind = 'all' | 'waiting' | 'failing' | 'silent';

const KINDS: readonly (readonly [Kind, string])[] = [
  ['all', 'All'],
  ['waiting', 'Files waiting'],
  ['failing', 'Failing'],
  ['silent', 'Silent'],
];

/** Who sends files, and who may join. */
export function ClientsPage() {
  const list = useResource((signal) => api.clients(signal), [joins.value.change], REFRESH_SECONDS);
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
  const [kind, setKind] = useState<Kind>('all');
  const [revoking, setRevoking] = useState<Client>();
  const wanted = search.toLowerCase();
  const ofKind = clients.filter((client) => isOfKind(client, kind));
  const matching = ofKind.filter(({ name }) => name.toLowerCase().includes(wanted));

  return (
    <section aria-label="Clients">
      <div class="toolbar">
        <SearchField label="Search clients" value={search} onInput={setSearch} />
        {clients.some(({ watch }) => watch !== null) && (
          <div class="switch" role="group" aria-label="Which clients">
            {KINDS.map(([one, title]) => (
              <button key={one} type="button" aria-pressed={kind === one} onClick={() => setKind(one)}>
                {title}{' '}
                <span class="count number">
                  {formatCount(clients.filter((client) => isOfKind(client, one)).length)}
                </span>
              </button>
            ))}
          </div>
        )}
        <p class="toolbar-note muted" role="status">
          {countOf(matching.length, 'client')}
        </p>
      </div>
      <div class="panel flush clients">
        <LongTable
          label="Clients"
          columns={columnsFor(setRevoking)}
          rows={matching}
          keyOf={({ id, name }) => `${id} ${name}`}
        />
        {matching.length === 0 && (
          <p class="panel-note">
            {ofKind.length === 0 ? 'There is no such client now.' : 'No client has such a name.'}
          </p>
        )}
      </div>
      {revoking && (
        <RevokeDialog name={revoking.name} onRevoked={onChange} onClose={() => setRevoking(undefined)} />
      )}
    </section>
  );
}

function isOfKind({ watch }: Client, kind: Kind): boolean {
  if (kind === 'all') return true;
  if (watch === null) return false;
  if (kind === 'silent') return isSilent(watch, now.value);
  return kind === 'waiting' ? watch.files > 0 : watch.failing > 0;
}

function columnsFor(onRevoke: (client: Client) => void): readonly Column<Client>[] {
  return [
    {
      title: 'Name',
      kind: 'wide',
      cell: (client) => (
        <span class="client-name">
          <ConnectedDot client={client} />
          <a href={hrefTo('client', { name: client.name })}>
            <Text of={client.name} limit={60} />
          </a>
        </span>
      ),
    },
    {
      title: 'State',
      cell: (client) => <ClientBadges client={client} />,
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
    { title: 'Waiting', cell: ({ watch }) => watch && <OutboxCell watch={watch} /> },
    {
      title: 'Files',
      kind: 'number',
      cell: ({ name, files }) => <a href={hrefTo('files', { client: name })}>{formatCount(files)}</a>,
    },
    {
      title: 'Size',
      kind: 'number',
      cell: ({ bytes, quota_bytes }) => <Size bytes={bytes} quota={quota_bytes} />,
    },
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

/** What it has stored, and of which quota. */
function Size({ bytes, quota }: { readonly bytes: number; readonly quota: number | null }) {
  if (quota === null) return <>{formatBytes(bytes)}</>;
  const share = quota === 0 ? 1 : Math.min(1, bytes / quota);
  return (
    <span class="size">
      {formatBytes(bytes)} <span class="muted">of {formatBytes(quota)}</span>
      <Meter
        label="Of its quota"
        share={share}
        text={`${formatPercent(share)} of its quota`}
        full={share > NEARLY_FULL}
      />
    </span>
  );
}
