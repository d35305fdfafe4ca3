import { useState } from 'preact/hooks';
import type { Client } from '../../client-types.ts';
import { hrefTo } from '../address.ts';
import { api } from '../api.ts';
import { ClientBadges, ConnectedDot } from '../components/client-badges.tsx';
import { ClientLimits } from '../components/client-limits.tsx';
import { CopyButton } from '../components/copy-button.tsx';
import { OutboxPanel } from '../components/outbox-view.tsx';
import { Loaded, Page } from '../components/page.tsx';
import { PolicyDialog } from '../components/policy-dialog.tsx';
import { RevokeDialog } from '../components/revoke-dialog.tsx';
import { Ago, Text, Time } from '../components/text.tsx';
import { countOf, formatBytes, formatCount } from '../format.ts';
import { useResource } from '../resource.ts';
import { route } from '../router.ts';
import { isOperator } from '../session-state.ts';
import { CLIENT_TABS } from './clients.tsx';

const REFRESH_SECONDS = 10;

/** Everything about one client: who it is, what it may, and what waits on it. */
export function ClientPage() {
  const name = route.value.query.name ?? '';
  return <OneClient key={name} name={name} />;
}

function OneClient({ name }: { readonly name: string }) {
  const client = useResource((signal) => api.client(name, signal), [name], REFRESH_SECONDS);
  const policy = useResource((signal) => api.clientPolicy(name, signal), [name], REFRESH_SECONDS);
  const [dialog, setDialog] = useState<'limits' | 'revoke'>();
  const close = (): void => setDialog(undefined);
  const { data } = client;
  const actions = data && (
    <>
      <a class="button" href={hrefTo('files', { client: name })}>
        Its files
      </a>
      {isOperator.value && data.state === 'joined' && (
        <button type="button" class="button danger-text" onClick={() => setDialog('revoke')}>
          Revoke…
        </button>
      )}
    </>
  );

  return (
    <Page title="Client" heading={<Text of={name} limit={120} />} tabs={CLIENT_TABS} actions={actions}>
      <Loaded resource={client}>
        {(found) => (
          <div class="client-page">
            <OutboxPanel watch={found.watch} />
            <Facts client={found} />
            <section class="panel limits" aria-label="Limits">
              <header class="limits-head">
                <h2>Limits</h2>
                {isOperator.value && (
                  <button type="button" class="button" onClick={() => setDialog('limits')}>
                    Set its own limits…
                  </button>
                )}
              </header>
              <Loaded resource={policy}>
                {(holds) => <ClientLimits policy={holds} writeOnly={found.write_only} />}
              </Loaded>
            </section>
          </div>
        )}
      </Loaded>
      {dialog === 'revoke' && <RevokeDialog name={name} onRevoked={client.reload} onClose={close} />}
      {dialog === 'limits' && <OwnPolicyDialog name={name} onSaved={policy.reload} onClose={close} />}
    </Page>
  );
}

function Facts({ client }: { readonly client: Client }) {
  return (
    <section class="panel" aria-label="Machine">
      <h2>Machine</h2>
      <dl class="pairs">
        <dt>State</dt>
        <dd>
          <ClientBadges client={client} />
        </dd>
        <dt>Last seen</dt>
        <dd class="client-name">
          <ConnectedDot client={client} />
          {client.connected ? (
            'connected now'
          ) : client.last_seen === null ? (
            'never'
          ) : (
            <Ago of={client.last_seen} />
          )}
        </dd>
        <dt>Protocol</dt>
        <dd>
          {client.protocol === 'http' ? 'HTTP' : `v${client.protocol}`}{' '}
          {client.dialect !== null && <Text of={client.dialect} limit={30} />}
        </dd>
        <dt>Since</dt>
        <dd>
          <Time of={client.registered} />
        </dd>
        <dt>Stored</dt>
        <dd class="number">
          {countOf(client.files, 'file')}, {formatBytes(client.bytes)}
        </dd>
        <dt>Receipts</dt>
        <dd class="number">{formatCount(client.receipts)}</dd>
        <dt>Id</dt>
        <dd class="mono digest">
          <span>{client.id}</span>
          <CopyButton small text={client.id} what="the id" />
        </dd>
      </dl>
    </section>
  );
}

/** The operator's policy for this very client: a new one, or the one that there is. */
function OwnPolicyDialog({
  name,
  onSaved,
  onClose,
}: {
  readonly name: string;
  readonly onSaved: () => void;
  readonly onClose: () => void;
}) {
  const { data } = useResource((signal) => api.policies(signal), []);
  if (!data) return null;
  const own = data.policies.find(
    ({ origin, pattern }) => origin === 'operator' && pattern.toLowerCase() === name.toLowerCase(),
  );
  return (
    <PolicyDialog others={data.policies} policy={own} pattern={name} onSaved={onSaved} onClose={onClose} />
  );
}
