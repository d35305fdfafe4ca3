/** What stands behind the `?`; what is undefined or empty is left out. */
export type Query = Readonly<Record<string, string | number | undefined>>;

/** A path with its query. Slashes stay as they are: a deep path would be three times as long. */
export function urlOf(path: string, query: Query = {}): string {
  const given = Object.entries(query).filter(([, value]) => value !== undefined && value !== '');
  const text = new URLSearchParams(
    given.map(([key, value]): [string, string] => [key, String(value)]),
  ).toString();
  return text === '' ? path : `${path}?${text.replaceAll('%2F', '/')}`;
}
