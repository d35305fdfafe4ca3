import type { ComponentChildren } from 'preact';
import { useId, useLayoutEffect, useRef } from 'preact/hooks';
import { Icon } from './icon.tsx';
import { ToastList } from './toast-list.tsx';

interface DialogProps {
  readonly title: string;
  readonly onClose: () => void;
  /** `drawer` stands at the right edge, as high as the page. */
  readonly shape?: 'box' | 'wide' | 'drawer';
  readonly children: ComponentChildren;
}

/** A modal dialog, open as long as it is there. Esc and a click beside it close it; focus goes back to where it was. */
export function Dialog({ title, onClose, shape = 'box', children }: DialogProps) {
  const ref = useRef<HTMLDialogElement>(null);
  const taken = useRef(false);
  const heading = useId();

  useLayoutEffect(() => {
    const dialog = ref.current;
    dialog?.showModal();
    return () => {
      // Taken away is not closed by the user: nobody needs to hear of it.
      taken.current = true;
      dialog?.close();
    };
  }, []);

  return (
    <dialog
      ref={ref}
      class={`dialog dialog-${shape}`}
      aria-labelledby={heading}
      onClose={() => {
        if (!taken.current) onClose();
      }}
      onPointerDown={(event) => {
        if (event.target === ref.current) ref.current?.close();
      }}
    >
      <div class="dialog-body">
        <header class="dialog-head">
          <h2 id={heading}>{title}</h2>
          <button
            type="button"
            class="button quiet square"
            aria-label="Close"
            onClick={() => ref.current?.close()}
          >
            <Icon name="close" />
          </button>
        </header>
        {children}
      </div>
      {/* What lies outside of a modal dialog is mute: messages are said in here, too. */}
      <ToastList />
    </dialog>
  );
}
