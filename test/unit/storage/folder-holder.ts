// A process of its own that opens a data folder, says so, and keeps it until it is killed.
import { SesameError } from '../../../src/base/errors.ts';
import { DataFolder } from '../../../src/storage/data-folder.ts';

try {
  const folder = new DataFolder(process.argv[2] ?? '');
  process.stdout.write('opened\n');
  setInterval(() => folder.path, 60_000);
} catch (error) {
  process.stdout.write(`${error instanceof SesameError ? error.code : String(error)}\n`);
}
