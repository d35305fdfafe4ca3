import type { FileDetails, Receipt } from '../../api-types.ts';
import { CopyButton } from './copy-button.tsx';

/** A receipt as it was signed, with its signature: both are what ssh-keygen takes. */
export function ReceiptView({
  receipt,
  file,
}: {
  readonly receipt: Receipt | null;
  readonly file: FileDetails;
}) {
  if (!receipt) {
    return (
      <p class="muted">
        None.{' '}
        {file.protocol === 3 ? 'Files that came over v3 have no receipt.' : 'This file was not signed for.'}
      </p>
    );
  }
  return (
    <>
      <p class="muted">
        Number {receipt.seq} in the client’s chain. On the client, <code>sesame verify FILE</code> holds the
        file against it.
      </p>
      <Block title="Text" text={receipt.text} />
      <Block title="Signature" text={receipt.signature} />
    </>
  );
}

function Block({ title, text }: { readonly title: string; readonly text: string }) {
  return (
    <div class="block">
      <div class="block-head">
        <span>{title}</span>
        <CopyButton small text={text} what={`the receipt’s ${title.toLowerCase()}`} />
      </div>
      <pre tabIndex={0} role="group" aria-label={title}>
        {text}
      </pre>
    </div>
  );
}
