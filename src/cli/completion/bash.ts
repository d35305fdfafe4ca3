import type { DescribedCommand, Value } from '../describe/command-tree.ts';
import { allCommands, type PlacedCommand } from './command-paths.ts';
import { valueKind } from './value-kind.ts';

/** A completion for bash, with bash-completion or without it. */
export function bashCompletion(program: DescribedCommand): string {
  const name = program.name;
  const commands = allCommands(program);
  return `# bash completion of ${name}, made from its own commands. -*- shell-script -*-

# What may follow a command: into the variables of the caller.
_${name}_command() {
    case $1 in
${commands.map(commandCase).join('\n')}
    esac
}

# What an option takes.
_${name}_option() {
    takes=
    case $1 in
${commands.flatMap(optionCases).join('\n')}
    esac
}

_${name}() {
    local path=${name} commands options argument takes= word i
    local cur=\${COMP_WORDS[COMP_CWORD]}
    COMPREPLY=()
    _${name}_command "$path"
    for ((i = 1; i < COMP_CWORD; i++)); do
        word=\${COMP_WORDS[i]}
        if [[ $word == = ]]; then
            # bash makes three words of --option=value
            _${name}_option "$path \${COMP_WORDS[i - 1]}"
        elif [[ -n $takes ]]; then
            takes=
        elif [[ $word == -* ]]; then
            _${name}_option "$path $word"
        elif [[ " $commands " == *" $word "* ]]; then
            path+=" $word"
            _${name}_command "$path"
        fi
    done
    [[ $cur == = ]] && cur= && _${name}_option "$path \${COMP_WORDS[COMP_CWORD - 1]}"

    if [[ -z $takes && $cur == -* ]]; then
        COMPREPLY=($(compgen -W "$options" -- "$cur"))
        return
    fi
    local wanted=\${takes:-$argument}
    case $wanted in
    file) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -f -- "$cur") ;;
    folder) compopt -o filenames 2>/dev/null; mapfile -t COMPREPLY < <(compgen -d -- "$cur") ;;
    words\\ *) COMPREPLY=($(compgen -W "\${wanted#words }" -- "$cur")) ;;
    *) [[ -n $takes ]] || COMPREPLY=($(compgen -W "$commands" -- "$cur")) ;;
    esac
}

complete -F _${name} ${name}
`;
}

function commandCase({ path, command }: PlacedCommand): string {
  const options = command.options.flatMap(({ names }) => names);
  const argument = command.arguments.map(kindWord).find((word) => word !== 'anything') ?? '';
  return `    '${path.join(' ')}')
        commands='${command.commands.map(({ name }) => name).join(' ')}'
        options='${options.join(' ')}'
        argument='${argument}'
        ;;`;
}

function optionCases({ path, command }: PlacedCommand): string[] {
  return command.options
    .filter(({ value }) => value !== null)
    .map((option) => {
      const patterns = option.names.map((name) => `'${[...path, name].join(' ')}'`);
      return `    ${patterns.join(' | ')}) takes='${kindWord(option)}' ;;`;
    });
}

function kindWord(value: Value): string {
  const kind = valueKind(value);
  return kind.kind === 'words' ? `words ${kind.words.join(' ')}` : kind.kind;
}
