/** What somebody can do wrong, and how many points it costs (GUARD.md 2). */
export const OFFENCES = {
  noise: 1,
  malformed: 2,
  'unknown-client': 2,
  'wrong-identity': 4,
  'unknown-path': 1,
  'bad-request': 2,
  traversal: 5,
  'sign-in': 4,
  'wrong-pin': 7,
  'bad-knock': 4,
} as const;

export type Offence = keyof typeof OFFENCES;
