// The log of a server out of its stderr: without what is said once to whoever has the terminal.

/** Where it listens, the console and its first link, and recovery PINs. */
const SAID = /^(listening on |console at |sign in there |recovery PIN \d{8}: )/;

export function logLinesOf(stderr: string): string[] {
  return stderr.split('\n').filter((line) => line !== '' && !SAID.test(line));
}
