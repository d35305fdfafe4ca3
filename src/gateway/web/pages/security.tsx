import { hrefTo } from '../address.ts';
import { api } from '../api.ts';
import { Empty, Loaded, Page } from '../components/page.tsx';
import { useResource } from '../resource.ts';

/** The pages of this section. */
export const SECURITY_TABS = [
  ['audit', 'Audit trail'],
  ['security', 'Guard and gate'],
] as const;

/** Who is kept out: the tables of guard and gate. */
export function SecurityPage() {
  const security = useResource((signal) => api.security(signal), []);
  return (
    <Page title="Guard and gate" tabs={SECURITY_TABS}>
      <Loaded resource={security}>
        {() => (
          <div class="stack">
            <section class="panel" aria-label="Guard">
              <h2>Guard</h2>
              <Empty title="This server has no guard yet.">
                <p>
                  Addresses that misbehave will stand here, with the reason and the end of their ban. Until
                  then, each refused sign-in stands in the <a href={hrefTo('audit')}>audit trail</a>.
                </p>
              </Empty>
            </section>
            <section class="panel" aria-label="Gate">
              <h2>Gate</h2>
              <Empty title="This server has no gate yet.">
                <p>
                  Who was let through the closed port will stand here, and for how long. Until then, the
                  settings <code>host</code>, <code>join</code> and <code>v3.access</code> say{' '}
                  <a href={hrefTo('settings')}>who may connect</a>.
                </p>
              </Empty>
            </section>
          </div>
        )}
      </Loaded>
    </Page>
  );
}
