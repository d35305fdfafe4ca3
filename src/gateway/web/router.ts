import { signal } from '@preact/signals';
import { hrefTo, routeOf, tokenIn, type Route } from './address.ts';
import type { Query } from './url.ts';

/** The token of a sign-in link that was opened, until it is used or given up. */
export const signInToken = signal<string | undefined>(undefined);

/** Where one is. Set by `navigate`, by links to a hash, and by back and forward. */
export const route = signal<Route>(readAddress());

addEventListener('hashchange', follow);
addEventListener('popstate', follow);

// Left to the browser, a click on such a link would look for an element of that name, and take the focus away.
document.addEventListener('click', (event) => {
  const link = event.target instanceof Element ? event.target.closest('a[href^="#/"]') : null;
  const isPlain = event.button === 0 && !(event.ctrlKey || event.metaKey || event.shiftKey || event.altKey);
  if (!link || !isPlain || event.defaultPrevented) return;
  event.preventDefault();
  history.pushState(null, '', link.getAttribute('href'));
  follow();
});

function follow(): void {
  route.value = readAddress();
}

function readAddress(): Route {
  const token = tokenIn(location.hash);
  if (token !== undefined) {
    signInToken.value = token;
    // At once, so that it neither stays in the history nor is copied along with the address.
    history.replaceState(null, '', '#/');
  }
  return routeOf(location.hash);
}

/** Goes to a page. `replace` leaves no entry in the history, for what changes with each key that is typed. */
export function navigate(page: string, query: Query = {}, { replace = false } = {}): void {
  const href = hrefTo(page, query);
  if (replace) history.replaceState(null, '', href);
  else history.pushState(null, '', href);
  follow();
}
