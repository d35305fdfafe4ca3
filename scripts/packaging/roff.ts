// The man(7) language, as far as our pages need it.
import type { Block } from './help-text.ts';

/** What means something to roff, or is printed as another character where nothing is done about it. */
const SPECIAL: Readonly<Record<string, string>> = {
  '\\': '\\e',
  '-': '\\-',
  "'": '\\(aq',
  '`': '\\(ga',
  '^': '\\(ha',
  '~': '\\(ti',
};

/** Text as it is, within a line. */
export function plain(text: string): string {
  const shown = text.replace(/[\\\-'`^~]/g, (character) => SPECIAL[character] ?? character);
  // What is not ASCII by its number: no tool has to guess the encoding then.
  return shown.replace(/[^\n -~]/gu, (character) => {
    const code = (character.codePointAt(0) ?? 0).toString(16).toUpperCase();
    return `\\[u${code.padStart(4, '0')}]`;
  });
}

/** A line of text: one that begins with a control character of roff is still text. */
export function line(text: string): string {
  return plain(text).replace(/^(?=\.|\\\(aq)/, '\\&');
}

export const bold = (text: string): string => `\\fB${plain(text)}\\fR`;
export const italic = (text: string): string => `\\fI${plain(text)}\\fR`;

/** The head of a page. @param date as YYYY-MM-DD */
export function head(title: string, section: number, date: string, source: string): string {
  return `.TH "${plain(title.toUpperCase())}" ${section} "${date}" "${plain(source)}" "Sesame"`;
}

/** A section with what stands in it; nothing where that is nothing. */
export function section(title: string, content: readonly string[]): string[] {
  return content.length === 0 ? [] : [`.SH ${title}`, ...content];
}

/** A term with its explanation, which is roff already. */
export function entry(term: string, explanation: string): string[] {
  return ['.TP', term, explanation];
}

/** Blocks one after another; the first stands directly behind a heading or an entry. */
export function paragraphs(blocks: readonly Block[]): string[] {
  return blocks.flatMap((block, index) => {
    const before = index === 0 ? [] : ['.PP'];
    if (block.kind === 'text') return [...before, line(block.text)];
    return [...before, '.RS 4', '.nf', ...block.lines.map(line), '.fi', '.RE'];
  });
}
