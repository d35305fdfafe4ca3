import { z } from 'zod';

/** What an option or an argument takes. */
const value = z.object({
  /** What stands for it in --help: `FILE`; null for a flag, which takes nothing. */
  value: z.string().nullable(),
  /** What holds where nothing is given, for people; null where that is nothing. */
  preset: z.string().nullable(),
  summary: z.string(),
  /** The words that it takes and no others; empty: anything. */
  words: z.array(z.string()),
  /** It names something on the server, and not on this machine. */
  remote: z.boolean(),
  required: z.boolean(),
  repeats: z.boolean(),
});

/** An option: `names` are all of its spellings, short ones first. */
const option = value.extend({ names: z.array(z.string()).min(1) });

/** A command, or a whole program. What --help hides is not in it. */
const command = z.object({
  name: z.string(),
  summary: z.string(),
  /** What --help says below the options: paragraphs, lists and examples with two blanks before them. */
  details: z.string(),
  arguments: z.array(value),
  options: z.array(option),
  get commands() {
    return z.array(command);
  },
});

/** A setting of the server, as sesame.toml(5) shows it. */
const setting = z.object({
  key: z.string(),
  flag: z.string(),
  environment: z.string(),
  summary: z.string(),
  preset: z.string().nullable(),
  words: z.array(z.string()),
});

/** What `sesame describe-commands` and `sesamed describe-commands` print. */
export const programDescription = z.object({
  version: z.string(),
  program: command,
  settings: z.array(setting).default([]),
});

export type Value = z.output<typeof value>;
export type DescribedOption = z.output<typeof option>;
export type DescribedCommand = z.output<typeof command>;
export type DescribedSetting = z.output<typeof setting>;
export type ProgramDescription = z.output<typeof programDescription>;
