import { z } from 'zod';

/** Where paths lead: `/old=/new,/docs=/srv/docs`, or in the file a table of them. */
export const pathMap = z.union([z.record(z.string(), z.string()), z.string()]).transform((given, context) => {
  const pairs = typeof given === 'string' ? pairsOf(given) : Object.entries(given);
  for (const [path, target] of pairs) {
    if (path.startsWith('/') && target !== '') continue;
    context.addIssue({ code: 'custom', message: 'a map of paths is /path=target, with commas between them' });
    return z.NEVER;
  }
  return Object.fromEntries(pairs);
});

function pairsOf(text: string): [path: string, target: string][] {
  const parts = text.split(',').map((part) => part.trim());
  return parts
    .filter((part) => part !== '')
    .map((part) => {
      const [path = '', ...target] = part.split('=');
      return [path.trim(), target.join('=').trim()];
    });
}
