import type { DescribedCommand, DescribedOption, Value } from '../../src/cli/describe/command-tree.ts';
import { allCommands, type PlacedCommand } from '../../src/cli/completion/command-paths.ts';
import { readHelpText } from './help-text.ts';
import { bold, entry, head, italic, line, paragraphs, plain, section } from './roff.ts';

/** What all pages of a program have in their first and last lines. */
export interface Edition {
  readonly version: string;
  /** YYYY-MM-DD */
  readonly date: string;
  /** Pages of the same program that are not about its commands: `sesame.toml(5)`. */
  readonly alsoSee: readonly string[];
}

/** The pages of section 1 by their file names: one for the program, one for each of its commands. */
export function manPages(program: DescribedCommand, edition: Edition): ReadonlyMap<string, string> {
  const pages = new Map([[`${program.name}.1`, programPage(program, edition)]]);
  for (const command of program.commands)
    pages.set(`${program.name}-${command.name}.1`, commandPage(program, command, edition));
  return pages;
}

function programPage(program: DescribedCommand, edition: Edition): string {
  const commands = program.commands.flatMap(({ name, summary }) =>
    entry(`${bold(`${program.name}-${name}`)}(1)`, line(summary)),
  );
  const pages = program.commands.map(({ name }) => `${program.name}-${name}(1)`);
  return page(program.name, program, edition, pages, [
    ...section('SYNOPSIS', [`${bold(program.name)} ${italic('COMMAND')} [${italic('OPTION')}...]`]),
    ...section('DESCRIPTION', [line(program.summary), ...furtherText(program)]),
    ...section('COMMANDS', commands),
    ...section('OPTIONS', program.options.flatMap(optionEntry)),
    ...closing(program),
  ]);
}

function commandPage(program: DescribedCommand, command: DescribedCommand, edition: Edition): string {
  const all = allCommands(command).map(({ path, command: inner }) => ({
    path: [program.name, ...path],
    command: inner,
  }));
  const callable = all.filter((placed) => placed.command.commands.length === 0);
  const inner = all.slice(1);
  return page(
    `${program.name}-${command.name}`,
    command,
    edition,
    [`${program.name}(1)`],
    [
      ...section('SYNOPSIS', callable.flatMap(synopsis)),
      ...section('DESCRIPTION', [sentence(command.summary), ...furtherText(command)]),
      ...section('ARGUMENTS', command.arguments.flatMap(argumentEntry)),
      ...section('OPTIONS', command.options.flatMap(optionEntry)),
      ...section('COMMANDS', inner.flatMap(innerCommand)),
      ...closing(command),
    ],
  );
}

function page(
  name: string,
  { summary }: DescribedCommand,
  { version, date, alsoSee }: Edition,
  pages: readonly string[],
  content: readonly string[],
): string {
  const title = [`.SH NAME`, `${plain(name)} \\- ${plain(summary.replace(/\.$/, ''))}`];
  const others = [...pages, ...alsoSee].map((reference) => {
    const [, other = '', chapter = ''] = /^(.*)(\(\d\))$/.exec(reference) ?? [];
    return `${bold(other)}${chapter}`;
  });
  const lines = [head(name, 1, date, `sesame ${version}`), ...title, ...content];
  return [...lines, ...section('SEE ALSO', [others.join(', ')]), ''].join('\n');
}

/** A command below the one that has the page. */
function innerCommand({ path, command }: PlacedCommand): string[] {
  const help = readHelpText(command.details);
  const text = [...help.description, ...help.examples, ...help.exitStatus];
  return [
    `.SS ${plain(path.slice(1).join(' '))}`,
    sentence(command.summary),
    ...(text.length > 0 ? ['.PP', ...paragraphs(text)] : []),
    ...command.arguments.flatMap(argumentEntry),
    ...command.options.flatMap(optionEntry),
  ];
}

function synopsis({ path, command }: PlacedCommand, index: number): string[] {
  const options = command.options.length > 0 ? [`[${italic('OPTION')}...]`] : [];
  const needed = command.options
    .filter(({ required }) => required)
    .map(({ names, value }) => `${bold(names.at(-1) ?? '')} ${italic(value ?? '')}`);
  const values = command.arguments.map(argumentText);
  return [...(index > 0 ? ['.br'] : []), [bold(path.join(' ')), ...needed, ...options, ...values].join(' ')];
}

function argumentText({ value, required, repeats }: Value): string {
  const text = italic(value ?? '') + (repeats && !value?.includes('...') ? '...' : '');
  return required ? text : `[${text}]`;
}

function argumentEntry(argument: Value): string[] {
  return argument.summary === '' ? [] : entry(italic(argument.value ?? ''), explanation(argument));
}

function optionEntry(option: DescribedOption): string[] {
  const names = option.names.map(bold).join(', ');
  return entry(option.value === null ? names : `${names} ${italic(option.value)}`, explanation(option));
}

/** The summary, and what it does not say: the words that it takes, and what holds without it. */
function explanation({ summary, words, preset, value }: Value): string {
  const unsaid = words.filter((word) => !new RegExp(`\\b${word}\\b`).test(summary));
  const says = unsaid.length > 0 ? [`One of ${words.join(', ')}.`] : [];
  const without = preset !== null && value !== null ? [`Default: ${preset}.`] : [];
  return [sentence(summary), ...[...says, ...without].map(line)].join('\n');
}

/** Begun and ended as a sentence is. */
export function sentence(text: string): string {
  const begun = /^[a-z]+\b(?![-./:(])/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text;
  return line(/[.!?:]$/.test(begun) ? begun : `${begun}.`);
}

function furtherText({ details }: DescribedCommand): string[] {
  const blocks = readHelpText(details).description;
  return blocks.length > 0 ? ['.PP', ...paragraphs(blocks)] : [];
}

function closing({ details }: DescribedCommand): string[] {
  const help = readHelpText(details);
  return [
    ...section('EXIT STATUS', paragraphs(help.exitStatus)),
    ...section('EXAMPLES', paragraphs(help.examples)),
  ];
}
