import { api } from '../api.ts';
import { GatePanel } from '../components/gate-panel.tsx';
import { GuardPanel } from '../components/guard-panel.tsx';
import { Loaded, Page } from '../components/page.tsx';
import { useResource } from '../resource.ts';

/** The pages of this section. */
export const SECURITY_TABS = [
  ['audit', 'Audit trail'],
  ['security', 'Guard and gate'],
] as const;

const REFRESH_SECONDS = 5;

/** Who is kept out, and who is let in. */
export function SecurityPage() {
  const security = useResource(
    async (signal) => ({ ...(await api.security(signal)), saidAt: performance.now() }),
    [],
    REFRESH_SECONDS,
  );
  return (
    <Page title="Guard and gate" tabs={SECURITY_TABS}>
      <Loaded resource={security}>
        {({ guard, gate, saidAt }) => (
          <div class="stack">
            <GuardPanel guard={guard} saidAt={saidAt} onChange={security.reload} />
            <GatePanel gate={gate} saidAt={saidAt} onChange={security.reload} />
          </div>
        )}
      </Loaded>
    </Page>
  );
}
