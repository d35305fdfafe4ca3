const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB', 'PiB'] as const;
const numbers = new Intl.NumberFormat('en-GB');

/** 1536 → `1.5 KiB`. */
export function formatBytes(bytes: number): string {
  let value = bytes;
  let unit = 0;
  // 1023.95 would be shown as 1024.0 of the smaller unit.
  while (value >= (unit === 0 ? 1024 : 1023.95) && unit < UNITS.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${unit === 0 ? String(Math.round(value)) : value.toFixed(1)} ${UNITS[unit] ?? ''}`;
}

/** Bytes per second. */
export function formatRate(rate: number): string {
  return `${formatBytes(rate)}/s`;
}

/** 1000000 → `1,000,000`. */
export function formatCount(count: number): string {
  return numbers.format(count);
}

/** `1 file`, `2 files`. */
export function countOf(count: number, singular: string, plural = `${singular}s`): string {
  return `${formatCount(count)} ${count === 1 ? singular : plural}`;
}

/** 0.25 → `25%`. */
export function formatPercent(share: number): string {
  // 100% is said of nothing that is still under way.
  return `${Math.floor(Math.min(Math.max(share, 0), 1) * 100)}%`;
}

/** 75 → `1 min 15 s`; two units at most. */
export function formatDuration(seconds: number): string {
  if (seconds < 0.05) return 'less than 0.1 s';
  if (seconds < 10) return `${seconds < 0.95 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const whole = Math.round(seconds);
  if (whole < 60) return `${whole} s`;
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  if (whole < 86_400) return `${Math.floor(whole / 3600)} h ${Math.floor((whole % 3600) / 60)} min`;
  return `${countOf(Math.floor(whole / 86_400), 'day')} ${Math.floor((whole % 86_400) / 3600)} h`;
}

/** An ISO time as `2026-03-01 14:05`, where the browser is. */
export function formatTime(iso: string, { seconds = false } = {}): string {
  const time = new Date(iso);
  if (Number.isNaN(time.getTime())) return '–';
  const two = (part: number): string => String(part).padStart(2, '0');
  const day = `${time.getFullYear()}-${two(time.getMonth() + 1)}-${two(time.getDate())}`;
  const clock = `${two(time.getHours())}:${two(time.getMinutes())}`;
  return seconds ? `${day} ${clock}:${two(time.getSeconds())}` : `${day} ${clock}`;
}

/** How long ago, or how far ahead: `3 min ago`, `in 2 days`. */
export function formatRelative(iso: string, now: number): string {
  const seconds = (new Date(iso).getTime() - now) / 1000;
  const span = roughly(Math.abs(seconds));
  if (span === undefined) return 'just now';
  return seconds < 0 ? `${span} ago` : `in ${span}`;
}

function roughly(seconds: number): string | undefined {
  if (seconds < 45) return undefined;
  if (seconds < 3600) return `${Math.max(1, Math.round(seconds / 60))} min`;
  if (seconds < 48 * 3600) return `${Math.round(seconds / 3600)} h`;
  return countOf(Math.round(seconds / 86_400), 'day');
}
