/** A setting's value as a flag would have it. @returns undefined for what is not set */
export function settingText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) return value.length > 0 ? value.join(',') : undefined;
  if (typeof value === 'string') return value;
  if (typeof value !== 'object') return JSON.stringify(value);
  const entries = Object.entries(value as Readonly<Record<string, unknown>>);
  if (entries.length === 0) return undefined;
  // A table of tables is policies.
  if (entries.every(([, inner]) => typeof inner === 'object')) {
    return entries.map(([pattern, inner]) => `${pattern}:${settingText(inner) ?? ''}`).join(';');
  }
  return entries.map(([path, target]) => `${path}=${String(target)}`).join(',');
}
