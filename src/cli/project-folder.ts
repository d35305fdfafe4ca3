/** The folder that holds package.json, seen from `src/cli/` and from `dist/cli/` alike. */
export const projectFolder = new URL('../../', import.meta.url);
