import { useEffect, useState } from 'preact/hooks';
import type { AuditEntry } from '../../api-types.ts';
import { api } from '../api.ts';
import { Badge } from '../components/badge.tsx';
import { Failure } from '../components/failure.tsx';
import { SearchField } from '../components/field.tsx';
import { Empty, Loaded, Page } from '../components/page.tsx';
import { Table, type Column } from '../components/table.tsx';
import { Text, Time } from '../components/text.tsx';
import { useAction, useResource } from '../resource.ts';
import { SECURITY_TABS } from './security.tsx';

const TYPING_MS = 250;
const LIMIT = 100;

/** Who did what, newest first; older entries on request. */
export function AuditPage() {
  const [typed, setTyped] = useState('');
  const [search, setSearch] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSearch(typed), TYPING_MS);
    return () => clearTimeout(timer);
  }, [typed]);
  const newest = useResource((signal) => api.audit({ limit: LIMIT, search }, signal), [search]);

  return (
    <Page title="Audit trail" tabs={SECURITY_TABS}>
      <div class="toolbar">
        <SearchField label="Search the trail" value={typed} onInput={setTyped} />
        <button type="button" class="button" onClick={newest.reload}>
          Refresh
        </button>
      </div>
      <Loaded resource={newest}>
        {({ entries, more }) =>
          entries.length === 0 ? (
            <Empty title={search === '' ? 'Nothing has happened yet.' : 'No entry matches.'}>
              <p>Sign-ins, also refused ones, enrolments, revocations and deletions are written down here.</p>
            </Empty>
          ) : (
            <Entries key={`${search} ${entries[0]?.seq ?? 0}`} newest={entries} more={more} search={search} />
          )
        }
      </Loaded>
    </Page>
  );
}

interface EntriesProps {
  readonly newest: readonly AuditEntry[];
  readonly more: boolean;
  readonly search: string;
}

function Entries({ newest, more, search }: EntriesProps) {
  const [older, setOlder] = useState<{ readonly entries: readonly AuditEntry[]; readonly more: boolean }>({
    entries: [],
    more,
  });
  const entries = [...newest, ...older.entries];
  const { busy, error, start } = useAction(async () => {
    const last = entries.at(-1);
    if (!last) return;
    const next = await api.audit({ before: last.seq, limit: LIMIT, search });
    setOlder({ entries: [...older.entries, ...next.entries], more: next.more });
  });
  return (
    <div class="panel flush">
      <Table label="Audit trail" columns={COLUMNS} rows={entries} keyOf={({ seq }) => String(seq)} />
      <Failure error={error} />
      {older.more && (
        <button type="button" class="button more" aria-disabled={busy} onClick={start}>
          {busy ? 'Loading…' : 'Show older entries'}
        </button>
      )}
    </div>
  );
}

const COLUMNS: readonly Column<AuditEntry>[] = [
  { title: 'Time', cell: ({ time }) => <Time of={time} seconds /> },
  {
    title: 'Who',
    cell: ({ actor, address }) => (
      <>
        <Text of={actor} limit={40} />
        {address !== null && (
          <span class="muted second">
            <Text of={address} limit={45} />
          </span>
        )}
      </>
    ),
  },
  { title: 'What', cell: ({ action }) => <Text of={action} limit={40} /> },
  {
    title: 'Outcome',
    cell: ({ outcome }) => (
      <Badge tone={outcome === 'done' ? 'good' : 'bad'}>
        <Text of={outcome} limit={30} />
      </Badge>
    ),
  },
  {
    title: 'To what',
    kind: 'wide',
    cell: ({ target, detail }) => (
      <>
        {target !== null && <Text of={target} limit={120} />}
        {detail !== null && (
          <span class="muted second">
            <Text of={detail} limit={200} />
          </span>
        )}
      </>
    ),
  },
];
