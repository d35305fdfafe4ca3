import type { DescribedCommand, DescribedOption, Value } from '../describe/command-tree.ts';
import { allCommands, type PlacedCommand } from './command-paths.ts';
import { valueKind } from './value-kind.ts';

/** A completion for zsh: a function file for its fpath, which may be sourced, too. */
export function zshCompletion(program: DescribedCommand): string {
  const functions = allCommands(program).reverse().map(commandFunction);
  const own = functionName([program.name]);
  return `#compdef ${program.name}
# zsh completion of ${program.name}, made from its own commands.

${functions.join('\n')}
if [[ $funcstack[1] == ${own} ]]; then
  ${own} "$@"
else
  compdef ${own} ${program.name}
fi
`;
}

function functionName(path: readonly string[]): string {
  return `_${path.join('_').replaceAll('-', '_')}`;
}

function commandFunction({ path, command }: PlacedCommand): string {
  const options = command.options.map(optionSpec);
  const rest =
    command.commands.length > 0
      ? [`':command:->command'`, `'*::argument:->rest'`]
      : command.arguments.map(argumentSpec);
  const specs = [...options, ...rest].map((spec) => ` \\\n    ${spec}`).join('');
  const body = `  _arguments -s -S${command.commands.length > 0 ? ' -C' : ''} :${specs}`;
  const descend = command.commands.length > 0 ? `\n${choice(path, command)}` : '';
  return `${functionName(path)}() {
  local curcontext=$curcontext state line
  typeset -A opt_args
${body}${descend}
}
`;
}

/** What follows where a command has others below it. */
function choice(path: readonly string[], { commands }: DescribedCommand): string {
  const described = commands.map(({ name, summary }) => `      ${quoted(`${name}:${summary}`)}`);
  const calls = commands.map(({ name }) => `      ${name}) ${functionName([...path, name])} ;;`);
  return `  case $state in
  command)
    local -a commands=(
${described.join('\n')}
    )
    _describe command commands
    ;;
  rest)
    case $line[1] in
${calls.join('\n')}
    esac
    ;;
  esac`;
}

function optionSpec(option: DescribedOption): string {
  const several = option.names.length > 1;
  const excluded = option.repeats ? '*' : several ? `(${option.names.join(' ')})` : '';
  const rest = `[${escaped(option.summary)}]${option.value === null ? '' : `:${escaped(option.value)}:${action(option)}`}`;
  // zsh takes what is glued to an option of two dashes by an equals sign only where it is told so.
  const spelled = option.names.map((name) =>
    option.value !== null && name.startsWith('--') ? `${name}=` : name,
  );
  const names = several ? `{${spelled.join(',')}}` : quoted(spelled.join(''));
  return `${quoted(excluded)}${names}${quoted(rest)}`;
}

function argumentSpec(argument: Value): string {
  const place = argument.repeats ? '*' : argument.required ? '' : ':';
  return quoted(`${place}:${escaped(argument.value ?? '')}:${action(argument)}`);
}

function action(value: Value): string {
  const kind = valueKind(value);
  if (kind.kind === 'words') return `(${kind.words.join(' ')})`;
  return { anything: ' ', file: '_files', folder: '_files -/' }[kind.kind];
}

/** For a description within a specification. */
function escaped(text: string): string {
  return text.replace(/[\\[\]:]/g, '\\$&');
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}
