/**
 * Makes what people download, into build-package/: the client as a Debian package and as a static program, man pages
 * and completions, and the checksums of all. The same sources make the same bytes.
 *
 *   npm run package                   for this machine
 *   npm run package -- --arm64        for 64-bit ARM as well; its tests run in an emulator
 *   npm run package -- --write-docs   also puts the sizes into docs/OPERATIONS.md
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { ARM64, ownArchitecture } from './packaging/architectures.ts';
import { debianPackage, nameOf, shareArchive, staticProgram, type Artefact } from './packaging/artefacts.ts';
import { ROOT, run } from './packaging/run.ts';
import { makeShare } from './packaging/share.ts';
import { sizeRow, withSizes, wrongSizes } from './packaging/sizes.ts';
import { currentVersion } from './packaging/version.ts';

const OUTPUT = join(ROOT, 'build-package');
const SIZES_PAGE = join(ROOT, 'docs', 'OPERATIONS.md');

const { values: flags } = parseArgs({
  options: {
    arm64: { type: 'boolean', default: false },
    'write-docs': { type: 'boolean', default: false },
  },
});

function makeAll(): Artefact[] {
  const version = currentVersion();
  makeShare(version);
  const architectures = [ownArchitecture()];
  if (flags.arm64) {
    console.log('arm64: building, and running its tests in an emulator …');
    run(['npm', 'run', 'test:arm64']);
    architectures.push(ARM64);
  }
  const programs = architectures.flatMap((architecture) => [
    debianPackage(version, architecture, OUTPUT),
    staticProgram(version, architecture, OUTPUT),
  ]);
  return [...programs, shareArchive(version, OUTPUT)];
}

/** As sha256sum writes and checks them. */
function checksums(artefacts: readonly Artefact[]): string {
  const lines = artefacts.map((artefact) => {
    const digest = createHash('sha256').update(readFileSync(artefact.path)).digest('hex');
    return `${digest}  ${nameOf(artefact)}\n`;
  });
  return lines.join('');
}

rmSync(OUTPUT, { recursive: true, force: true });
mkdirSync(OUTPUT);
const artefacts = makeAll();
writeFileSync(join(OUTPUT, 'SHA256SUMS'), checksums(artefacts));
for (const { path } of artefacts.filter(({ path }) => path.endsWith('.deb')))
  run(['lintian', '--fail-on', 'error,warning', path]);

console.log('| file | download | installed | needs |');
console.log(artefacts.map(sizeRow).join('\n'));
const page = readFileSync(SIZES_PAGE, 'utf8');
if (flags['write-docs']) writeFileSync(SIZES_PAGE, withSizes(page, artefacts));
else for (const remark of wrongSizes(page, artefacts)) console.error(`${remark}  (--write-docs writes it)`);
