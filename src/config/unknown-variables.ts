import { didYouMean, nearest } from './nearest.ts';
import { environmentName, SETTING_KEYS } from './settings.ts';

const OTHERS = ['SESAME_CONFIG'];

/** Warnings of variables that look like settings and are none: other programs may have them, so they are no faults. */
export function unknownVariables(
  environment: Readonly<Record<string, string | undefined>>,
): readonly string[] {
  const known = [...SETTING_KEYS.map(environmentName), ...OTHERS];
  return Object.keys(environment)
    .filter((name) => name.startsWith('SESAME_') && !known.includes(name))
    .map((name) => `${name}: no setting has this variable${didYouMean(nearest(name, known))}`);
}
