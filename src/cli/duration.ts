import { DAY, HOUR, MINUTE, SECOND } from '../base/clock.ts';
import { SesameError } from '../base/errors.ts';

const UNITS: Readonly<Record<string, number>> = { s: SECOND, m: MINUTE, h: HOUR, d: DAY };

/** `90s`, `15m`, `2h`, `7d`, or seconds. @returns ms. @throws `bad-setting` */
export function parseDuration(text: string, flag: string): number {
  const [, digits, unit = 's'] = /^(\d{1,9})([smhd])?$/.exec(text) ?? [];
  const time = Number(digits) * (UNITS[unit] ?? NaN);
  if (time > 0) return time;
  throw new SesameError('bad-setting', `${flag} ${text}: a time is wanted, as 90s, 15m, 2h or 7d`);
}

/** `45 s`, `12 min`, `3 h`. @param seconds as they count down: never less than there are */
export function formatSeconds(seconds: number): string {
  if (seconds < 120) return `${seconds} s`;
  if (seconds < 7200) return `${Math.ceil(seconds / 60)} min`;
  return seconds < 172_800 ? `${Math.ceil(seconds / 3600)} h` : `${Math.ceil(seconds / 86_400)} d`;
}
