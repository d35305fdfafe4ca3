import type { DescribedCommand } from '../describe/command-tree.ts';

/** A command with all the names that are typed to get to it: `sesame`, `knock`, `open`. */
export interface PlacedCommand {
  readonly path: readonly string[];
  readonly command: DescribedCommand;
}

/** The program itself and all commands below it, each before its own. */
export function allCommands(program: DescribedCommand): PlacedCommand[] {
  const below = ({ path, command }: PlacedCommand): PlacedCommand[] => [
    { path, command },
    ...command.commands.flatMap((inner) => below({ path: [...path, inner.name], command: inner })),
  ];
  return below({ path: [program.name], command: program });
}
