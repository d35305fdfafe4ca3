import { describe, expect, test } from 'vitest';
import { checkPrivileges, parseCapabilities } from '../../../src/gate/capabilities.ts';
import { leastPrivileges, readerOf } from '../../../src/gate/helper-process.ts';
import { helperArguments, parseHelperArguments } from '../../../src/gate/helper/helper-options.ts';
import { runTool } from '../../../src/gate/helper/run-tool.ts';

describe('the command line of the helper', () => {
  test('comes back as it was', () => {
    const args = [
      '--driver',
      'iptables',
      '--ports',
      '1357,8357,1357',
      '--allow',
      '10.1.0.0/16,::1',
      '--lock-fd',
      '3',
    ];
    const line = parseHelperArguments(args);
    expect(line).toMatchObject({ lock: 3, listen: undefined });
    expect(line.options).toMatchObject({
      driver: 'iptables',
      ports: [1357, 8357],
      knockPort: 6257,
      onStop: 'shut',
    });
    expect(parseHelperArguments(helperArguments(line.options)).options).toEqual(line.options);
  });

  test.for([
    [['--ports', '1357'], '--driver'],
    [['--driver', 'pf', '--ports', '1357'], '--driver pf'],
    [['--driver', 'nftables'], '--ports'],
    [['--driver', 'nftables', '--ports', '1,2,3,4,5,6,7,8,9'], '1 to 8'],
    [['--driver', 'nftables', '--ports', '0'], '--ports 0'],
    [['--driver', 'nftables', '--ports', '65536'], '--ports 65536'],
    [['--driver', 'nftables', '--ports', '22; reboot'], '--ports 22; reboot'],
    [['--driver', 'nftables', '--ports', '1', '--knock-port', 'x'], '--knock-port x'],
    [['--driver', 'nftables', '--ports', '1', '--on-stop', 'open'], '--on-stop open'],
    [['--driver', 'nftables', '--ports', '1', '--allow', 'home'], '"home"'],
    [['--driver', 'nftables', '--ports', '1', '--what', 'x'], '--what'],
  ] as const)('%j is refused', ([args, what]) => {
    expect(() => parseHelperArguments(args)).toThrow(what);
  });
});

describe('privileges', () => {
  const status = (held: string): ReturnType<typeof parseCapabilities> =>
    parseCapabilities(
      `Name:\tx\nCapInh:\t${held}\nCapPrm:\t${held}\nCapEff:\t${held}\nCapBnd:\tff\nCapAmb:\t${held}\n`,
    );

  test('are what the driver needs and nothing else', () => {
    expect(() => checkPrivileges('nftables', status('0000000000001000'))).not.toThrow();
    expect(() => checkPrivileges('iptables', status('0000000000003000'))).not.toThrow();
    expect(() => checkPrivileges('nftables', status('0000000000003000'))).toThrow('nothing else');
    expect(() => checkPrivileges('nftables', status('000001ffffffffff'))).toThrow('nothing else');
    expect(() => checkPrivileges('nftables', status('0000000000000000'))).toThrow('needs CAP_NET_ADMIN');
    expect(() => checkPrivileges('iptables', status('0000000000001000'))).toThrow('CAP_NET_RAW');
    expect(() => parseCapabilities('Name: x')).toThrow('is this Linux');
  });

  test('are given up by setpriv; only root can give up its name', () => {
    const sets = '-all,+net_admin';
    const held = ['--inh-caps', sets, '--ambient-caps', sets, '--no-new-privs'];
    expect(leastPrivileges('nftables', false, [])).toEqual(held);
    expect(leastPrivileges('nftables', true, ['/usr/bin/env'])).toEqual([
      ...['--reuid', '65534', '--regid', '65534', '--clear-groups', '--bounding-set', sets, ...held],
    ]);
    expect(leastPrivileges('iptables', false, [])).toContain('-all,+net_admin,+net_raw');
  });

  test('where nobody cannot read the program, its owner runs it', () => {
    expect(readerOf(['/usr/bin/env', '/proc/self/fd/x'])).toMatchObject({ uid: process.getuid?.() });
  });
});

describe('tools', () => {
  test('one that is missing is named', async () => {
    await expect(runTool('sesame-no-such-tool', [])).rejects.toThrow('sesame-no-such-tool: is not installed');
  });

  test('get their input whole, no shell, and are quoted where they fail', async () => {
    const input = 'x'.repeat(300_000);
    expect(await runTool('cat', [], { input })).toBe(input);
    expect(await runTool('cat', ['/dev/stdin'], { input: 'reopened' })).toBe('reopened');
    expect(await runTool('echo', ['$(id); `id`'])).toBe('$(id); `id`\n');
    await expect(runTool('cat', ['/no/such'])).rejects.toThrow(/^cat: .*No such file/);
    await expect(runTool('false', [])).rejects.toThrow('false: ended with 1');
  });
});
