import { useState } from 'preact/hooks';
import type { FileName, Verification } from '../../api-types.ts';
import { api } from '../api.ts';
import { formatBytes, formatDuration } from '../format.ts';
import { useAction } from '../resource.ts';
import { Badge, type Tone } from './badge.tsx';
import { Failure } from './failure.tsx';
import { Text } from './text.tsx';

const TONES: Readonly<Record<Verification['verdict'], Tone>> = {
  intact: 'good',
  changed: 'bad',
  missing: 'bad',
  unsigned: 'warning',
};

/** Has the server read a file again, and says what it found. */
export function VerifyButton({ client, path }: FileName) {
  const [found, setFound] = useState<Verification>();
  const { busy, error, start } = useAction(async () => {
    setFound(undefined);
    setFound(await api.verifyFile({ client, path }));
  });
  return (
    <div class="verify">
      <button type="button" class="button" aria-disabled={busy} onClick={start}>
        {busy && <span class="spinner" aria-hidden="true" />}
        {busy ? 'Reading it again…' : 'Verify now'}
      </button>
      <div class="verdict" role="status">
        {found ? (
          <>
            <Badge tone={TONES[found.verdict]}>{found.verdict}</Badge>
            <span>
              <Text of={found.message} />{' '}
              <span class="muted number">
                {formatBytes(found.bytes)} in {formatDuration(found.seconds)}
              </span>
            </span>
          </>
        ) : (
          !error && (
            <span class="muted">Reads the file from disk and holds it against its digest and receipt.</span>
          )
        )}
      </div>
      <Failure error={error} />
    </div>
  );
}
