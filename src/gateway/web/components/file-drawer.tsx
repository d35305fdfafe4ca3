import { useState } from 'preact/hooks';
import type { FileDetails, FileName, FileRow } from '../../api-types.ts';
import { hrefTo } from '../address.ts';
import { api, contentUrl } from '../api.ts';
import { shorten } from '../display-text.ts';
import { countOf, formatBytes, formatCount } from '../format.ts';
import { useResource } from '../resource.ts';
import { isOperator } from '../session-state.ts';
import { say } from '../toasts.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { CopyButton } from './copy-button.tsx';
import { Dialog } from './dialog.tsx';
import { Icon } from './icon.tsx';
import { Loaded } from './page.tsx';
import { ReceiptView } from './receipt-view.tsx';
import { Text, Time } from './text.tsx';
import { VerifyButton } from './verify-button.tsx';

const LONGEST_NAME = 80;

interface DrawerProps extends FileName {
  readonly onClose: () => void;
  readonly onDeleted: () => void;
}

/** Everything about one file: what it is, its receipt, its versions, and what can be done with it. */
export function FileDrawer({ client, path, onClose, onDeleted }: DrawerProps) {
  const file = useResource((signal) => api.file({ client, path }, signal), [client, path]);
  const [deleting, setDeleting] = useState(false);
  const name = path.slice(path.lastIndexOf('/') + 1);

  return (
    <Dialog title="File" shape="drawer" onClose={onClose}>
      <h3 class="file-name">
        <Text of={name} limit={LONGEST_NAME} />
      </h3>
      <div class="file-actions">
        <a class="button primary" href={contentUrl({ client, path })} download>
          <Icon name="download" />
          Download
        </a>
        {isOperator.value && (
          <button type="button" class="button danger-text" onClick={() => setDeleting(true)}>
            Delete…
          </button>
        )}
      </div>
      <VerifyButton client={client} path={path} />
      <Loaded resource={file}>{(details) => <Details file={details} />}</Loaded>
      {deleting && (
        <ConfirmDialog
          title="Delete this file?"
          action="Delete file"
          onClose={() => setDeleting(false)}
          onConfirm={async () => {
            await api.deleteFile({ client, path });
            say(`Deleted ${shorten(name, LONGEST_NAME)}.`);
            onDeleted();
          }}
        >
          <p class="thing">
            <Text of={path} limit={300} />
          </p>
          <p>
            of client <Text of={client} limit={LONGEST_NAME} />. It is gone from the server’s disk then; its
            receipt stays in the client’s chain.
          </p>
        </ConfirmDialog>
      )}
    </Dialog>
  );
}

function Details({ file }: { readonly file: FileDetails }) {
  return (
    <>
      <dl class="pairs">
        <dt>Path</dt>
        <dd>
          <div class="whole-path" tabIndex={0} role="group" aria-label="Path">
            <Text of={file.path} />
          </div>
          <CopyButton small text={file.path} what="the path" />
        </dd>
        <dt>Client</dt>
        <dd>
          <a href={hrefTo('files', { client: file.client })}>
            <Text of={file.client} limit={LONGEST_NAME} />
          </a>
        </dd>
        <dt>Size</dt>
        <dd class="number">
          {formatBytes(file.size)}
          {file.size >= 1024 && <span class="muted"> ({formatCount(file.size)} bytes)</span>}
        </dd>
        <dt>Modified</dt>
        <dd>
          <Time of={file.modified} seconds />
        </dd>
        <dt>Received</dt>
        <dd>
          <Time of={file.received} seconds /> over v{file.protocol}
        </dd>
        <dt>Stored as</dt>
        <dd>{file.form === 'plaintext' ? 'plaintext' : 'the ciphertext that came'}</dd>
        <Digest name="SHA-256" value={file.sha256} />
        <Digest name="CRC" value={file.crc32} />
      </dl>
      <h3>Receipt</h3>
      <ReceiptView receipt={file.receipt} file={file} />
      <h3>Versions</h3>
      <Versions file={file} />
    </>
  );
}

function Digest({ name, value }: { readonly name: string; readonly value: string | null }) {
  if (value === null) return null;
  return (
    <>
      <dt>{name}</dt>
      <dd class="mono digest">
        <span>{value}</span>
        <CopyButton small text={value} what={name} />
      </dd>
    </>
  );
}

function Versions({ file }: { readonly file: FileDetails }) {
  const others = file.versions.filter((version) => version.path !== file.path);
  if (others.length === 0) return <p class="muted">This is the only one.</p>;
  return (
    <>
      <p class="muted">{countOf(others.length, 'other version')} of this file:</p>
      <ul class="versions">
        {others.map((version) => (
          <Version key={version.path} version={version} />
        ))}
      </ul>
    </>
  );
}

function Version({ version }: { readonly version: FileRow }) {
  return (
    <li>
      <a href={hrefTo('files', { of: version.client, path: version.path })}>
        <Text of={version.path.slice(version.path.lastIndexOf('/') + 1)} limit={LONGEST_NAME} />
      </a>
      <span class="muted number">
        {formatBytes(version.size)} · <Time of={version.received} />
      </span>
    </li>
  );
}
