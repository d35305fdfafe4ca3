/** A kind of machine that the client is packaged for. */
export interface Architecture {
  /** What Debian calls it. */
  readonly debian: string;
  /** What `uname -m` calls it. */
  readonly machine: string;
  /** Where it is built, from the top folder. */
  readonly buildFolder: string;
  readonly strip: string;
}

const MACHINES = [
  { node: 'x64', debian: 'amd64', machine: 'x86_64' },
  { node: 'arm64', debian: 'arm64', machine: 'aarch64' },
];

/** The one that this machine is. */
export function ownArchitecture(): Architecture {
  const own = MACHINES.find(({ node }) => node === process.arch);
  if (own === undefined) throw new Error(`no packages are made on ${process.arch}`);
  return { debian: own.debian, machine: own.machine, buildFolder: 'build', strip: 'strip' };
}

/** The one that is built by the cross compiler, and runs in an emulator. */
export const ARM64: Architecture = {
  debian: 'arm64',
  machine: 'aarch64',
  buildFolder: 'build-arm64',
  strip: 'aarch64-linux-gnu-strip',
};
