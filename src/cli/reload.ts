import type { Command } from 'commander';
import { askServer } from '../control/control-client.ts';
import type { ChangedSetting, ReloadReport } from '../reload.ts';
import { controlSocketPath } from '../storage/data-folder.ts';
import { ExitCode } from './exit-codes.ts';
import { operatorCommand, settingsFor, type OperatorOptions } from './operator-command.ts';

export function reloadCommand(): Command {
  return operatorCommand('reload', 'have the running server read its settings again, as SIGHUP does')
    .addHelpText(
      'after',
      `
The server reads the flags, the environment and the file that it was started with, and takes all that it can without
a restart; certificates and the log file are opened again, and no connection is cut. Where anything is wrong, all of
it is named, everything stays as it is, and the exit code is 2.`,
    )
    .action(async (options: OperatorOptions) => {
      const dataDir = options.dataDir ?? settingsFor(options)['data-dir'];
      const report = await askServer(controlSocketPath(dataDir), { op: 'server.reload' });
      show(report as ReloadReport, options.json === true);
    });
}

function show(report: ReloadReport, isJson: boolean): void {
  const { changed, waiting, renewed, faults } = report;
  if (faults.length > 0) process.exitCode = ExitCode.usage;
  if (isJson) {
    console.log(JSON.stringify(report));
    return;
  }
  if (faults.length > 0) {
    console.error('sesamed: the settings are wrong, and everything stays as it is:');
    for (const fault of faults) console.error(`  ${fault}`);
    return;
  }
  console.log(changed.length > 0 ? 'changed:' : 'no setting has changed that can without a restart');
  for (const setting of changed) console.log(line(setting));
  if (renewed.length > 0) console.log(`opened again: ${renewed.join(', ')}`);
  if (waiting.length > 0) console.log('these wait for a restart:');
  for (const setting of waiting) console.log(line(setting));
}

function line({ key, from, to }: ChangedSetting): string {
  return `  ${key.padEnd(26)} ${from ?? '-'} → ${to ?? '-'}`;
}
