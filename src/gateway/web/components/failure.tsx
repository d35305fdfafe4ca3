import { Icon } from './icon.tsx';
import { Text } from './text.tsx';

interface FailureProps {
  readonly error: Error | undefined;
  readonly onRetry?: (() => void) | undefined;
}

/** Why something failed, in the server's words; nothing where it did not. */
export function Failure({ error, onRetry }: FailureProps) {
  if (!error) return null;
  return (
    <div class="failure" role="alert">
      <Icon name="error" />
      <span>
        <Text of={error.message} />
      </span>
      {onRetry && (
        <button type="button" class="button" onClick={onRetry}>
          Try again
        </button>
      )}
    </div>
  );
}
