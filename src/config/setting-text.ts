/** A setting's value as a flag would have it. @returns undefined for what is not set */
export function settingText(value: unknown): string | undefined {
  if (value === undefined || value === null) return undefined;
  if (Array.isArray(value)) return value.length > 0 ? value.join(',') : undefined;
  if (typeof value === 'string') return value;
  if (typeof value !== 'object') return JSON.stringify(value);
  const pairs = Object.entries(value).map(([path, target]) => `${path}=${String(target)}`);
  return pairs.length > 0 ? pairs.join(',') : undefined;
}
