import type { ComponentChildren } from 'preact';
import { hrefTo } from '../address.ts';
import { route } from '../router.ts';
import type { Resource } from '../resource.ts';
import { Failure } from './failure.tsx';
import { WaitingCount } from './waiting-count.tsx';

interface PageProps {
  readonly title: string;
  /** In place of the title, where that would say too little. */
  readonly heading?: ComponentChildren;
  readonly actions?: ComponentChildren;
  readonly tabs?: readonly (readonly [page: string, title: string])[];
  readonly children: ComponentChildren;
}

/** A page: its heading, which takes the focus when one comes to it, and what can be done on it as a whole. */
export function Page({ title, heading = title, actions, tabs, children }: PageProps) {
  return (
    <div class="page">
      <header class="page-head">
        <h1 tabIndex={-1}>{heading}</h1>
        <div class="page-actions">{actions}</div>
      </header>
      {tabs && (
        <nav class="tabs" aria-label={title}>
          {tabs.map(([page, name]) => (
            <a key={page} href={hrefTo(page)} aria-current={route.value.page === page ? 'page' : undefined}>
              {name}
              {page === 'joining' && <WaitingCount />}
            </a>
          ))}
        </nav>
      )}
      {children}
    </div>
  );
}

/** What a resource holds, or why it does not; grey bars until it is there. */
export function Loaded<T>({
  resource,
  children,
}: {
  readonly resource: Resource<T>;
  readonly children: (data: T) => ComponentChildren;
}) {
  const { data, error, reload } = resource;
  return (
    <>
      <Failure error={error} onRetry={reload} />
      {data === undefined ? !error && <Skeleton /> : children(data)}
    </>
  );
}

/** Holds the place of what is being loaded. */
export function Skeleton({ lines = 6 }: { readonly lines?: number }) {
  return (
    <div class="skeleton" role="status" aria-label="Loading">
      {Array.from({ length: lines }, (_, index) => (
        <div key={index} class="skeleton-line" />
      ))}
    </div>
  );
}

/** Nothing is there yet, and what to do about it. */
export function Empty({ title, children }: { readonly title: string; readonly children: ComponentChildren }) {
  return (
    <div class="empty">
      <p class="empty-title">{title}</p>
      <div class="prose">{children}</div>
    </div>
  );
}
