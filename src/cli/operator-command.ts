import { Command } from 'commander';
import { loadSettings } from '../config/load-settings.ts';
import type { Settings } from '../config/settings.ts';

/** What every sub-command that speaks with a server, or with its folder, takes. */
export interface OperatorOptions {
  readonly dataDir?: string;
  readonly json?: boolean;
}

export function operatorCommand(name: string, description: string): Command {
  return new Command(name)
    .description(description)
    .option('--data-dir <folder>', 'the server’s data folder (default: as the settings have it)')
    .option('--json', 'print JSON');
}

/** @param advertise what the command line says about the server's address, if it does */
export function settingsFor({ dataDir }: OperatorOptions, advertise?: string): Settings {
  return loadSettings({ flags: { 'data-dir': dataDir, advertise }, environment: process.env }).settings;
}
