import { mkdtempDisposableSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { choosePort, PORT_FILE } from '../../../src/server/port-choice.ts';
import { outcomeOf } from '../../support/outcome.ts';

describe('choosePort', () => {
  it('without any port: 1357, or the next free one', () => {
    using folder = mkdtempDisposableSync(join(tmpdir(), 'sesame-port-'));
    expect(choosePort(undefined, join(folder.path, PORT_FILE))).toEqual({ port: 1357, fallsBack: true });
  });

  it.for([
    ['4000', 4000],
    [' 4000 \r\n', 4000],
    ['1', 1],
    ['65535\n', 65535],
    ['1357', 1357],
  ] as const)('port.info with %j is honoured, and no other port will do', ([text, port]) => {
    expect(withPortFile(text, undefined)).toEqual({ port, fallsBack: false });
  });

  it.for(['', '\n', '0', '65536', '99999', '-1', '13.57', '0x10', '1e3', 'port', '1357 1358', '1357\n1358'])(
    'port.info with %j is refused',
    (text) => {
      expect(outcomeOf(() => withPortFile(text, undefined))).toBe('bad-setting');
    },
  );

  it('refuses a port.info that cannot be read', () => {
    expect(outcomeOf(() => choosePort(undefined, tmpdir()))).toBe('bad-setting');
  });

  it('a port that was given comes before port.info, be it 0', () => {
    expect(withPortFile('4000', 5000)).toEqual({ port: 5000, fallsBack: false });
    expect(withPortFile('nonsense', 0)).toEqual({ port: 0, fallsBack: false });
  });
});

function withPortFile(text: string, given: number | undefined): ReturnType<typeof choosePort> {
  using folder = mkdtempDisposableSync(join(tmpdir(), 'sesame-port-'));
  const file = join(folder.path, PORT_FILE);
  writeFileSync(file, text);
  return choosePort(given, file);
}
