// What people download: a Debian package, a static program, and the man pages and completions for who takes that.
import { copyFileSync, mkdirSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import type { Architecture } from './architectures.ts';
import { ROOT, run } from './run.ts';
import { SHARE } from './share.ts';
import type { Version } from './version.ts';

export interface Artefact {
  readonly path: string;
  /** Bytes to fetch. */
  readonly download: number;
  /** Bytes that it takes on a machine. */
  readonly installed: number;
  /** What must be there beside it, for people. */
  readonly needs: string;
}

/** `sesame_0.1.0_amd64.deb` out of a finished build and `build-share`, into a folder. */
export function debianPackage(
  { name, epoch }: Version,
  { debian, buildFolder }: Architecture,
  folder: string,
): Artefact {
  mkdirSync(folder, { recursive: true });
  const work = mkdtempSync(join(folder, '.cpack-'));
  const file = `sesame_${name}_${debian}.deb`;
  try {
    run(['cpack', '-G', 'DEB', '--config', join(ROOT, buildFolder, 'CPackConfig.cmake'), '-B', work], {
      SOURCE_DATE_EPOCH: String(epoch),
      // What dpkg-shlibdeps looks by for the libraries of another machine.
      DEB_HOST_ARCH: debian,
    });
    copyFileSync(join(work, file), join(folder, file));
  } finally {
    rmSync(work, { recursive: true });
  }
  const path = join(folder, file);
  const field = (wanted: string): string => run(['dpkg-deb', '-f', path, wanted]).trim();
  const needs = field('Depends').replaceAll(/ \([^)]*\)/g, '');
  return { path, download: statSync(path).size, installed: Number(field('Installed-Size')) * 1024, needs };
}

/** `sesame-0.1.0-linux-x86_64`: one file, which runs on any Linux of that kind. */
export function staticProgram(
  { name }: Version,
  { machine, buildFolder, strip }: Architecture,
  folder: string,
): Artefact {
  run(['cmake', '--build', buildFolder, '--target', 'sesame-static']);
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `sesame-${name}-linux-${machine}`);
  run([strip, '-o', path, join(buildFolder, 'sesame-static')]);
  const { size } = statSync(path);
  return { path, download: size, installed: size, needs: 'nothing' };
}

/** Man pages and completions of both programs: `tar -C /usr/local -xf` puts them to their places. */
export function shareArchive({ name, epoch }: Version, folder: string): Artefact {
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `sesame-${name}-share.tar.gz`);
  const stable = ['--sort=name', '--owner=0', '--group=0', '--numeric-owner', `--mtime=@${epoch}`];
  const trees = ['client', 'server'].flatMap((tree) => ['-C', join(SHARE, tree), '.']);
  run([
    'tar',
    '-I',
    'gzip -9n',
    ...stable,
    '--exclude=./doc',
    '--transform=s,^\\.,share,',
    '-cf',
    path,
    ...trees,
  ]);
  const { size } = statSync(path);
  return { path, download: size, installed: size, needs: 'a program' };
}

export const nameOf = ({ path }: Artefact): string => basename(path);
