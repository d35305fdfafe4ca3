import type { DescribedCommand, DescribedOption } from '../describe/command-tree.ts';
import { allCommands, type PlacedCommand } from './command-paths.ts';
import { valueKind } from './value-kind.ts';

/** A completion for fish. */
export function fishCompletion(program: DescribedCommand): string {
  const { name } = program;
  const commands = allCommands(program);
  const paths = commands.filter(({ path }) => path.length > 1).map(({ path }) => quoted(below(path)));
  return `# fish completion of ${name}, made from its own commands.

# Whether what stands on the line so far leads to this command.
function __${name}_at
    set -l known ${paths.join(' ')}
    set -l at ''
    for word in (commandline -opc)[2..]
        set -l next (string trim -- "$at $word")
        contains -- $next $known; and set at $next
    end
    test "$at" = "$argv[1]"
end

complete -c ${name} -f
${commands.flatMap((placed) => commandLines(name, placed)).join('\n')}
`;
}

/** The path without the program's name. */
function below(path: readonly string[]): string {
  return path.slice(1).join(' ');
}

function commandLines(program: string, { path, command }: PlacedCommand): string[] {
  const start = `complete -c ${program} -n ${quoted(`__${program}_at '${below(path)}'`)}`;
  const takesFiles = command.arguments.map(valueKind).find(({ kind }) => kind !== 'anything');
  return [
    ...command.commands.map((inner) => `${start} -a ${inner.name} -d ${quoted(inner.summary)}`),
    ...command.options.map((option) => `${start}${optionSwitches(option)}`),
    ...(takesFiles ? [`${start}${kindSwitches(takesFiles)}`] : []),
  ];
}

function optionSwitches(option: DescribedOption): string {
  const names = option.names.map((name) =>
    name.startsWith('--') ? ` -l ${name.slice(2)}` : ` -s ${name.slice(1)}`,
  );
  const takes = option.value === null ? '' : ` -r${kindSwitches(valueKind(option))}`;
  return `${names.join('')}${takes} -d ${quoted(option.summary)}`;
}

function kindSwitches(kind: ReturnType<typeof valueKind>): string {
  switch (kind.kind) {
    case 'words':
      return ` -f -a ${quoted(kind.words.join(' '))}`;
    case 'file':
      return ' -F';
    case 'folder':
      return ` -f -a '(__fish_complete_directories)'`;
    case 'anything':
      return ' -f';
  }
}

function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`;
}
