import type { ComponentType } from 'preact';
import { useEffect, useRef } from 'preact/hooks';
import { hrefTo } from '../address.ts';
import { link } from '../live.ts';
import { AccountPage } from '../pages/account.tsx';
import { AuditPage } from '../pages/audit.tsx';
import { ClientPage } from '../pages/client.tsx';
import { ClientsPage } from '../pages/clients.tsx';
import { FilesPage } from '../pages/files.tsx';
import { JoiningPage } from '../pages/joining.tsx';
import { OverviewPage } from '../pages/overview.tsx';
import { PeoplePage } from '../pages/people.tsx';
import { PoliciesPage } from '../pages/policies.tsx';
import { SecurityPage } from '../pages/security.tsx';
import { SettingsPage } from '../pages/settings.tsx';
import { TokensPage } from '../pages/tokens.tsx';
import { route } from '../router.ts';
import { Icon, Mark, type IconName } from './icon.tsx';
import { Empty, Page } from './page.tsx';
import { UserMenu } from './user-menu.tsx';
import { WaitingCount } from './waiting-count.tsx';

interface Place {
  readonly title: string;
  /** The entry of the navigation that it belongs to. */
  readonly section: string;
  readonly Page: ComponentType;
}

const PLACES: Readonly<Record<string, Place>> = {
  overview: { title: 'Overview', section: 'overview', Page: OverviewPage },
  files: { title: 'Files', section: 'files', Page: FilesPage },
  clients: { title: 'Clients', section: 'clients', Page: ClientsPage },
  client: { title: 'Client', section: 'clients', Page: ClientPage },
  joining: { title: 'Joining', section: 'clients', Page: JoiningPage },
  policies: { title: 'Policies', section: 'clients', Page: PoliciesPage },
  tokens: { title: 'Access tokens', section: 'clients', Page: TokensPage },
  security: { title: 'Guard and gate', section: 'security', Page: SecurityPage },
  audit: { title: 'Audit trail', section: 'security', Page: AuditPage },
  settings: { title: 'Settings', section: 'settings', Page: SettingsPage },
  people: { title: 'People', section: 'settings', Page: PeoplePage },
  account: { title: 'My password', section: 'settings', Page: AccountPage },
};

const NOWHERE: Place = { title: 'Not found', section: '', Page: NotFound };

const SECTIONS: readonly (readonly [section: IconName, title: string, page?: string])[] = [
  ['overview', 'Overview'],
  ['files', 'Files'],
  ['clients', 'Clients'],
  ['security', 'Security', 'audit'],
  ['settings', 'Settings'],
];

/** What stands around every page: the navigation, who is signed in, and whether the server is there. */
export function Shell() {
  const { page } = route.value;
  const place = (Object.hasOwn(PLACES, page) ? PLACES[page] : undefined) ?? NOWHERE;
  const main = useRef<HTMLElement>(null);
  const shownBefore = useRef(false);

  useEffect(() => {
    document.title = `${place.title} · Sesame`;
    // Who follows a link with the keyboard goes on from the page that it led to.
    if (shownBefore.current) main.current?.querySelector('h1')?.focus();
    shownBefore.current = true;
  }, [page]);

  return (
    <div class="shell">
      <header class="shell-head">
        <a
          class="skip-link"
          href={hrefTo(page)}
          onClick={(event) => {
            event.preventDefault();
            main.current?.querySelector('h1')?.focus();
          }}
        >
          Skip to content
        </a>
        <a class="brand" href={hrefTo('overview')} aria-label="Sesame: overview">
          <Mark />
          Sesame
        </a>
        <nav class="sections" aria-label="Console">
          {SECTIONS.map(([name, title, first = name]) => (
            <a key={name} href={hrefTo(first)} aria-current={place.section === name ? 'page' : undefined}>
              <Icon name={name} />
              {title}
              {name === 'clients' && <WaitingCount />}
            </a>
          ))}
        </nav>
        <UserMenu />
      </header>
      <main ref={main}>
        <place.Page key={page} />
      </main>
      <LinkState />
    </div>
  );
}

/** Says when the connection is lost, above the page, so that nothing moves. */
function LinkState() {
  return (
    <div class="link-state" role="status">
      {link.value === 'lost' && (
        <p>
          <span class="spinner" aria-hidden="true" />
          Connection lost, trying again…
        </p>
      )}
    </div>
  );
}

function NotFound() {
  return (
    <Page title="Not found">
      <Empty title="There is no such page.">
        <p>
          Go to the <a href={hrefTo('overview')}>overview</a>.
        </p>
      </Empty>
    </Page>
  );
}
