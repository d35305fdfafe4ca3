import { useState } from 'preact/hooks';
import type { CountedPolicy } from '../../fleet-types.ts';
import { api } from '../api.ts';
import { Badge } from '../components/badge.tsx';
import { ConfirmDialog } from '../components/confirm-dialog.tsx';
import { Icon } from '../components/icon.tsx';
import { LongTable } from '../components/long-table.tsx';
import { MatchingDrawer } from '../components/matching-clients.tsx';
import { Empty, Loaded, Page } from '../components/page.tsx';
import { PolicyDialog } from '../components/policy-dialog.tsx';
import { PolicySays } from '../components/policy-says.tsx';
import type { Column } from '../components/table.tsx';
import { Text } from '../components/text.tsx';
import { countOf } from '../format.ts';
import { useResource } from '../resource.ts';
import { isOperator } from '../session-state.ts';
import { say } from '../toasts.ts';
import { CLIENT_TABS } from './clients.tsx';

type Wish =
  | { readonly kind: 'make' }
  | { readonly kind: 'change' | 'remove' | 'clients'; readonly policy: CountedPolicy };

/** What clients may do, and how much: by the patterns of their names. */
export function PoliciesPage() {
  const list = useResource((signal) => api.policies(signal), []);
  const [wish, setWish] = useState<Wish>();
  const close = (): void => setWish(undefined);
  const policies = list.data?.policies ?? [];
  const make = isOperator.value && list.data && (
    <button type="button" class="button primary" onClick={() => setWish({ kind: 'make' })}>
      <Icon name="plus" />
      Make a policy
    </button>
  );

  return (
    <Page title="Policies" tabs={CLIENT_TABS} actions={make}>
      <p class="lead">
        What clients may do, and how much, by the patterns of their names. For each limit, the first policy
        from above that says something of it counts.
      </p>
      <Loaded resource={list}>
        {({ policies: all }) =>
          all.length === 0 ? (
            <Empty title="There are no policies.">
              <p>
                Every client may store what there is room for.{' '}
                {isOperator.value
                  ? 'Make one here, or on the server: '
                  : 'An operator makes one here, or on the server: '}
                <code>sesamed policies set 'web-*' --max-bytes 10G</code>
              </p>
            </Empty>
          ) : (
            <div class="panel flush policies">
              <LongTable
                label="Policies"
                columns={columnsFor(setWish)}
                rows={all}
                keyOf={({ origin, pattern }) => `${origin} ${pattern}`}
              />
            </div>
          )
        }
      </Loaded>
      {wish?.kind === 'make' && <PolicyDialog others={policies} onSaved={list.reload} onClose={close} />}
      {wish?.kind === 'change' && (
        <PolicyDialog others={policies} policy={wish.policy} onSaved={list.reload} onClose={close} />
      )}
      {wish?.kind === 'clients' && <MatchingDrawer pattern={wish.policy.pattern} onClose={close} />}
      {wish?.kind === 'remove' && (
        <RemoveDialog policy={wish.policy} onRemoved={list.reload} onClose={close} />
      )}
    </Page>
  );
}

function columnsFor(onWish: (wish: Wish) => void): readonly Column<CountedPolicy>[] {
  return [
    {
      title: 'Clients',
      kind: 'wide',
      cell: ({ pattern }) => (
        <span class="mono strong">
          <Text of={pattern} limit={100} />
        </span>
      ),
    },
    { title: 'It says', cell: (policy) => <PolicySays policy={policy} /> },
    {
      title: 'Matches',
      cell: (policy) =>
        policy.clients === 0 ? (
          <span class="muted">no client</span>
        ) : (
          <button
            type="button"
            class="button quiet linklike"
            title="Which clients"
            onClick={() => onWish({ kind: 'clients', policy })}
          >
            {policy.clients === null ? 'Show' : countOf(policy.clients, 'client')}
          </button>
        ),
    },
    {
      title: 'From',
      cell: ({ origin }) =>
        origin === 'file' ? <Badge>sesame.toml</Badge> : <Badge tone="accent">operator</Badge>,
    },
    {
      title: 'Actions',
      kind: 'actions',
      cell: (policy) =>
        isOperator.value &&
        policy.origin === 'operator' && (
          <>
            <button type="button" class="button quiet" onClick={() => onWish({ kind: 'change', policy })}>
              Change…
            </button>
            <button
              type="button"
              class="button quiet danger-text"
              onClick={() => onWish({ kind: 'remove', policy })}
            >
              Remove…
            </button>
          </>
        ),
    },
  ];
}

function RemoveDialog({
  policy,
  onRemoved,
  onClose,
}: {
  readonly policy: CountedPolicy;
  readonly onRemoved: () => void;
  readonly onClose: () => void;
}) {
  return (
    <ConfirmDialog
      title="Remove this policy?"
      action="Remove policy"
      onClose={onClose}
      onConfirm={async () => {
        await api.removePolicy(policy.pattern);
        say(`The policy for ${policy.pattern} is removed.`);
        onRemoved();
      }}
    >
      <p class="thing mono">
        <Text of={policy.pattern} limit={200} />
      </p>
      <p>From the next file on, what wider policies and the server’s settings say holds for these clients.</p>
    </ConfirmDialog>
  );
}
