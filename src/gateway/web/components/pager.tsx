import { useEffect, useState } from 'preact/hooks';
import { formatCount } from '../format.ts';
import { Icon, type IconName } from './icon.tsx';

interface PagerProps {
  readonly page: number;
  readonly pages: number;
  readonly onPage: (page: number) => void;
}

/** Leafs through pages, or goes right to one. */
export function Pager({ page, pages, onPage }: PagerProps) {
  const [typed, setTyped] = useState(String(page));
  useEffect(() => setTyped(String(page)), [page]);

  const step = (icon: IconName, label: string, to: number) => (
    <button
      type="button"
      class="button quiet square"
      aria-label={label}
      title={label}
      aria-disabled={to < 1 || to > pages || to === page}
      onClick={() => {
        if (to >= 1 && to <= pages && to !== page) onPage(to);
      }}
    >
      <Icon name={icon} />
    </button>
  );

  return (
    <nav class="pager" aria-label="Pages">
      {step('first', 'First page', 1)}
      {step('left', 'Previous page', page - 1)}
      <form
        class="pager-place"
        onSubmit={(event) => {
          event.preventDefault();
          const wanted = Math.floor(Number(typed));
          if (wanted >= 1) onPage(Math.min(wanted, pages));
          else setTyped(String(page));
        }}
      >
        Page{' '}
        <input
          class="number"
          inputMode="numeric"
          aria-label="Page"
          value={typed}
          onInput={(event) => setTyped(event.currentTarget.value)}
        />{' '}
        of <span class="number">{formatCount(pages)}</span>
      </form>
      {step('right', 'Next page', page + 1)}
      {step('last', 'Last page', pages)}
    </nav>
  );
}
