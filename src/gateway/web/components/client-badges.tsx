import type { Client } from '../../client-types.ts';
import { Badge, type Tone } from './badge.tsx';

const TONES: Readonly<Record<Client['state'], Tone>> = {
  joined: 'good',
  revoked: 'bad',
  keyed: 'plain',
  registered: 'plain',
};

/** In which state a client is. */
export function ClientBadges({ client: { state, write_only } }: { readonly client: Client }) {
  return (
    <>
      <Badge tone={TONES[state]}>{state}</Badge>
      {write_only && <Badge>write only</Badge>}
    </>
  );
}

/** Whether it is connected at this moment. */
export function ConnectedDot({ client: { connected } }: { readonly client: Client }) {
  return (
    <span
      class={connected ? 'dot on' : 'dot'}
      role="img"
      aria-label={connected ? 'connected' : 'not connected'}
      title={connected ? 'Connected now' : 'Not connected'}
    />
  );
}
