import { Program } from './program.ts';

/** A man page as a reader sees it, without the emphasis, in lines of up to 1000 characters. */
export async function rendered(page: string): Promise<string> {
  const { stdout } = await Program.run('mandoc', ['-T', 'utf8', '-O', 'width=1000', page]);
  // Bold and underlined characters are printed twice, one above the other.
  return stdout.replace(/.\u0008/gu, '');
}
