import { useEffect, useState } from 'preact/hooks';
import type { MatchingClients } from '../../fleet-types.ts';
import { hrefTo } from '../address.ts';
import { api } from '../api.ts';
import { countOf, formatCount } from '../format.ts';
import { useResource } from '../resource.ts';
import { Dialog } from './dialog.tsx';
import { Loaded } from './page.tsx';
import { Text } from './text.tsx';

const SETTLE_MS = 250;
const SHOWN_NAMES = 3;
/** What no client name has. */
const NEVER_IN_A_NAME = /[/\\:\0]/;
const NOBODY: MatchingClients = { total: 0, names: [] };

/** Under a pattern that is being written: how such patterns read, and whom this one matches now. */
export function MatchingPreview({ pattern }: { readonly pattern: string }) {
  const [settled, setSettled] = useState('');
  useEffect(() => {
    const timer = setTimeout(() => setSettled(NEVER_IN_A_NAME.test(pattern) ? '' : pattern), SETTLE_MS);
    return () => clearTimeout(timer);
  }, [pattern]);
  const { data } = useResource(
    (signal) => (settled === '' ? Promise.resolve(NOBODY) : api.matchingClients(settled, signal)),
    [settled],
  );
  return (
    <>
      <code>*</code> stands for any characters, <code>?</code> for one.{' '}
      {settled !== '' && data && <Matches found={data} />}
    </>
  );
}

function Matches({ found: { total, names } }: { readonly found: MatchingClients }) {
  if (total === 0) return <>No client has such a name yet.</>;
  const shown = names.slice(0, SHOWN_NAMES);
  return (
    <>
      Matches {countOf(total, 'client')}:{' '}
      {shown.map((name, at) => (
        <span key={name}>
          {at > 0 && ', '}
          <Text of={name} limit={30} />
        </span>
      ))}
      {total > shown.length && ', …'}
    </>
  );
}

/** Which clients a pattern matches, as links to them. */
export function MatchingDrawer({
  pattern,
  onClose,
}: {
  readonly pattern: string;
  readonly onClose: () => void;
}) {
  const found = useResource((signal) => api.matchingClients(pattern, signal), [pattern]);
  return (
    <Dialog title="Matching clients" shape="drawer" onClose={onClose}>
      <p class="thing mono">
        <Text of={pattern} limit={200} />
      </p>
      <Loaded resource={found}>
        {({ total, names }) => (
          <>
            <p class="muted">
              {countOf(total, 'client')}
              {total > names.length && `; the first ${formatCount(names.length)} are listed`}
            </p>
            <ul class="names">
              {names.map((name) => (
                <li key={name}>
                  <a href={hrefTo('client', { name })}>
                    <Text of={name} limit={100} />
                  </a>
                </li>
              ))}
            </ul>
          </>
        )}
      </Loaded>
    </Dialog>
  );
}
