import { api } from '../api.ts';
import { say } from '../toasts.ts';
import { ConfirmDialog } from './confirm-dialog.tsx';
import { Text } from './text.tsx';

interface RevokeProps {
  readonly name: string;
  readonly onRevoked: () => void;
  readonly onClose: () => void;
}

/** Asks before a client is shut out. */
export function RevokeDialog({ name, onRevoked, onClose }: RevokeProps) {
  return (
    <ConfirmDialog
      title="Revoke this client?"
      action="Revoke client"
      onClose={onClose}
      onConfirm={async () => {
        await api.revoke(name);
        say(`${name} is revoked.`);
        onRevoked();
      }}
    >
      <p class="thing">
        <Text of={name} limit={200} />
      </p>
      <p>It is shut out for good, and what it does at this moment ends. Its files and receipts stay.</p>
      <p>To let the machine in again, enrol it anew.</p>
    </ConfirmDialog>
  );
}
