/** Rounds and sizes: short for `npm test`, long for `npm run loops`. */
export const IS_LONG = process.env['SESAME_LONG'] === '1';

export function inForm<Value>(short: Value, long: Value): Value {
  return IS_LONG ? long : short;
}

/** 1, 2, … */
export function numbered(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i + 1);
}
