const GROUP = 4;

/**
 * The fingerprint of a key, whole, in groups that the eye can hold. There is no button that copies it: who decides takes
 * it from the machine, not from here.
 */
export function Fingerprint({ of }: { readonly of: string }) {
  const groups = of.match(new RegExp(`.{1,${GROUP}}`, 'gsu')) ?? [];
  return (
    <code class="fingerprint" tabIndex={0} role="group" aria-label={`Fingerprint ${of}`}>
      {groups.map((group, at) => (
        <span key={at}>{group}</span>
      ))}
    </code>
  );
}
