import { dismiss, toasts } from '../toasts.ts';
import { Icon } from './icon.tsx';
import { Text } from './text.tsx';

/** What has just happened, said once and politely. It lies above the page and moves nothing. */
export function ToastList() {
  return (
    <div class="toasts" role="status" aria-live="polite">
      {toasts.value.map(({ id, kind, text }) => (
        <div key={id} class={`toast ${kind}`}>
          <Icon name={kind === 'done' ? 'check' : 'error'} />
          <span>
            <Text of={text} limit={300} />
          </span>
          <button type="button" class="button quiet square" aria-label="Dismiss" onClick={() => dismiss(id)}>
            <Icon name="close" />
          </button>
        </div>
      ))}
    </div>
  );
}
