/** A piece of what --help says: words to be filled into lines, or lines that stay as they are. */
export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'lines'; readonly lines: readonly string[] };

/** The blocks of a help text by the section of a man page in which they belong. */
export interface HelpText {
  readonly description: readonly Block[];
  readonly examples: readonly Block[];
  readonly exitStatus: readonly Block[];
}

/** Which lines stay as they are: those with two blanks before them. */
const KEPT = /^ {2}/;
const EXAMPLES = /^Examples?:\n/;
const EXIT_CODES = /^Exit codes: /;

/** Reads what --help says below the options of a command, of either program. */
export function readHelpText(details: string): HelpText {
  const paragraphs = details.split(/\n{2,}/).filter((paragraph) => paragraph.trim() !== '');
  const withBlocks = (wanted: (paragraph: string) => boolean, heading: RegExp): Block[] =>
    paragraphs.filter(wanted).flatMap((paragraph) => blocksOf(paragraph.replace(heading, '')));
  const isExample = (paragraph: string): boolean => EXAMPLES.test(paragraph);
  const isExit = (paragraph: string): boolean => paragraph.startsWith('Exit codes: ');
  return {
    description: withBlocks((paragraph) => !isExample(paragraph) && !isExit(paragraph), /^/),
    examples: withBlocks(isExample, EXAMPLES),
    exitStatus: withBlocks(isExit, EXIT_CODES),
  };
}

function blocksOf(paragraph: string): Block[] {
  const blocks: Block[] = [];
  for (const line of paragraph.split('\n')) {
    const last = blocks.at(-1);
    if (KEPT.test(line)) {
      const lines = last?.kind === 'lines' ? last.lines : [];
      if (last?.kind === 'lines') blocks.pop();
      blocks.push({ kind: 'lines', lines: [...lines, line.replace(KEPT, '')] });
    } else {
      const text = last?.kind === 'text' ? `${last.text} ` : '';
      if (last?.kind === 'text') blocks.pop();
      blocks.push({ kind: 'text', text: text + line.trim() });
    }
  }
  return blocks;
}
