import { useState } from 'preact/hooks';
import type { Setting } from '../../api-types.ts';
import { api } from '../api.ts';
import { Badge } from '../components/badge.tsx';
import { SearchField } from '../components/field.tsx';
import { Loaded, Page } from '../components/page.tsx';
import { Table, type Column } from '../components/table.tsx';
import { Text } from '../components/text.tsx';
import { useResource } from '../resource.ts';

/** The pages of this section. */
export const SETTING_TABS = [
  ['settings', 'Server'],
  ['people', 'People'],
  ['account', 'My password'],
] as const;

/** What the server runs with, and where each value comes from. */
export function SettingsPage() {
  const list = useResource((signal) => api.settings(signal), []);
  const [search, setSearch] = useState('');
  const wanted = search.toLowerCase();
  return (
    <Page title="Settings" tabs={SETTING_TABS}>
      <p class="lead">
        What this server runs with. A flag goes before an environment variable, that before the file, and that
        before the default; a restart takes changes over.
      </p>
      <div class="toolbar">
        <SearchField label="Search settings" value={search} onInput={setSearch} />
      </div>
      <Loaded resource={list}>
        {({ settings }) => (
          <div class="panel flush">
            <Table
              label="Settings"
              columns={COLUMNS}
              rows={settings.filter(({ key, help }) => `${key} ${help}`.toLowerCase().includes(wanted))}
              keyOf={({ key }) => key}
            />
          </div>
        )}
      </Loaded>
    </Page>
  );
}

const COLUMNS: readonly Column<Setting>[] = [
  {
    title: 'Setting',
    kind: 'wide',
    cell: ({ key, help }) => (
      <>
        <span class="mono strong">{key}</span>
        <span class="muted second">{help}</span>
      </>
    ),
  },
  {
    title: 'Value',
    cell: ({ value }) =>
      value === null || value === '' ? (
        <span class="muted">none</span>
      ) : (
        <span class="mono value">
          <Text of={value} limit={200} />
        </span>
      ),
  },
  {
    title: 'From',
    cell: ({ source }) =>
      source === 'default' ? (
        <span class="muted">default</span>
      ) : (
        <Badge tone="accent">
          <Text of={source} limit={80} />
        </Badge>
      ),
  },
  {
    title: 'Set with',
    cell: ({ flag, environment }) => (
      <span class="muted mono">
        {flag}
        <span class="second">{environment}</span>
      </span>
    ),
  },
];
