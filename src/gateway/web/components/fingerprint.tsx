import { CopyButton } from './copy-button.tsx';

const GROUP = 4;

/** The fingerprint of a key, whole, in groups that the eye can hold; what is copied has no gaps. */
export function Fingerprint({ of, copy = true }: { readonly of: string; readonly copy?: boolean }) {
  const groups = of.match(new RegExp(`.{1,${GROUP}}`, 'gsu')) ?? [];
  return (
    <span class="fingerprint">
      <code tabIndex={0} role="group" aria-label={`Fingerprint ${of}`}>
        {groups.map((group, at) => (
          <span key={at}>{group}</span>
        ))}
      </code>
      {copy && <CopyButton small text={of} what="the fingerprint" />}
    </span>
  );
}
