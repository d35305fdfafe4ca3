import { spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { CLIENT_ADDRESS, SERVER_ADDRESS, TwoHosts, type Ending } from './two-hosts.ts';
import { table } from './table.ts';

const OPEN_SECONDS = 5;
const SILENCE = 'not a packet comes back';
/** As long as a stranger is ready to wait. */
const PATIENCE_SECONDS = '2';
const START_LIMIT_MS = 20_000;
const TRANSFER = `${SERVER_ADDRESS}:1357`;
const HTTP = `http://${SERVER_ADDRESS}:8357`;

type Row = Readonly<Record<'what happens' | 'what comes of it' | 'as it should', string>>;

/**
 * Shows the gate and the guard on two hosts that the kernel pretends to have: nftables drops whoever has not knocked, a
 * knock opens, the time shuts, a scan is blocked, the recovery PIN lets back in, and a server that is killed leaves its
 * ports shut.
 */
export async function showGate(root: string, folder: string, signal: AbortSignal): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new Error(
      'The gate needs a firewall and two hosts, which root alone can make: sudo npm run demo -- --gate',
    );
  }
  const setUp = spawnSync(process.execPath, [join(root, 'scripts', 'setup.mjs'), '--gate'], {
    stdio: 'inherit',
  });
  if (setUp.status !== 0) throw new Error('What it needs could not be set up.');
  using hosts = new TwoHosts();
  const demo = new GateDemo(hosts, root, folder);
  try {
    await demo.start(signal);
    await demo.play();
  } finally {
    await demo.end();
  }
  console.log(`\n${table(demo.rows)}\n`);
  if (demo.rows.some((row) => row['as it should'] === 'NO'))
    throw new Error('Not everything went as it should.');
}

class GateDemo {
  readonly rows: Row[] = [];
  readonly #hosts: TwoHosts;
  readonly #root: string;
  readonly #folder: string;
  #server: ChildProcess | undefined;
  #said = '';

  constructor(hosts: TwoHosts, root: string, folder: string) {
    this.#hosts = hosts;
    this.#root = root;
    this.#folder = folder;
  }

  async start(signal: AbortSignal): Promise<void> {
    const where = [
      '--host',
      '0.0.0.0',
      '--http-host',
      '0.0.0.0',
      '--http-tls',
      'off',
      '--port',
      '1357',
      '--http-port',
      '8357',
    ];
    const gate = ['--gate', 'nftables', '--gate-open-time', String(OPEN_SECONDS), '--v3', 'off'];
    this.#server = this.#hosts.start(this.#hosts.server, this.#sesamed('serve', ...where, ...gate));
    this.#server.stderr?.setEncoding('utf8').on('data', (text: string) => (this.#said += text));
    const end = performance.now() + START_LIMIT_MS;
    while (!this.#said.includes('recovery PIN')) {
      if (this.#server.exitCode !== null || performance.now() > end)
        throw new Error(`It did not start:\n${this.#said}`);
      await delay(50, undefined, { signal });
    }
    console.log(`Server on a host of its own, ${TRANSFER} and ${HTTP}, shut by nftables.`);
  }

  async play(): Promise<void> {
    const line = await this.#joinLine();
    const report = join(this.#folder, 'report.txt');
    await writeFile(report, 'opened by a knock\n');
    await this.#expectSilence('a stranger connects');
    const enrolled = this.#sesame(['enroll', '--knock', '-'], line);
    await this.#expect('a new machine knocks with its join line', enrolled, '', 'it is enrolled');
    await this.#expect('its address asks over HTTP', this.#curl('/healthz'), '"ok"', 'it is let in');
    await delay((OPEN_SECONDS + 1) * 1000);
    await this.#expectSilence(`${OPEN_SECONDS} seconds later, it connects again`);
    const put = this.#sesame(['put', '--knock', report]);
    await this.#expect('sesame put --knock report.txt', put, '', 'acknowledged, with a receipt');
    await this.#expect('sesame knock close', this.#sesame(['knock', 'close']), '', 'no answer, as always');
    await delay(500);
    await this.#expectSilence('it connects again');
    const opened = this.#operator('gate', 'open', CLIENT_ADDRESS, '--for', '1h');
    await this.#expect('sesamed gate open, for an hour', opened, 'is let in', 'it is let in');
    for (let i = 0; i < 21; i++) await this.#curl(`/wp-admin/${i}`);
    await this.#expect(
      'it tries 21 paths that are not there',
      this.#curl('/'),
      '"blocked"',
      '403, blocked for 15 s',
    );
    const [, pin = ''] = /recovery PIN (\d{8})/.exec(this.#said) ?? [];
    await this.#expect(
      'GET /PIN, the recovery PIN',
      this.#curl(`/${pin}`),
      'let in again',
      'it is let in again',
    );
    await this.#expect('it asks for the console', this.#curl('/'), '<!doctype html>', 'the page');
    await this.end();
    const neighbour = this.#connectFromNeighbour();
    await this.#expect('the server is killed; another connects', neighbour, SILENCE, SILENCE);
  }

  /** Kills the server: it has no chance to tidy up. */
  async end(): Promise<void> {
    const server = this.#server;
    if (server?.exitCode !== null || server.signalCode !== null) return;
    server.kill('SIGKILL');
    await once(server, 'close');
  }

  /** @param wanted what its output must have in it; empty: it must succeed */
  async #expect(what: string, happening: Promise<Ending>, wanted: string, came: string): Promise<void> {
    const { code, stdout, stderr } = await happening;
    const isRight = wanted === '' ? code === 0 : stdout.includes(wanted);
    this.#row(what, isRight ? came : `exit code ${code ?? '?'}: ${stdout}${stderr}`, isRight);
  }

  async #expectSilence(what: string): Promise<void> {
    await this.#expect(what, this.#connect(CLIENT_ADDRESS), SILENCE, SILENCE);
  }

  #row(what: string, came: string, isRight: boolean): void {
    console.log(`  ${what}: ${came}`);
    this.rows.push({
      'what happens': what,
      'what comes of it': came,
      'as it should': isRight ? 'yes' : 'NO',
    });
  }

  async #joinLine(): Promise<string> {
    const { stdout, stderr } = await this.#operator('enroll', 'web', '--advertise', TRANSFER);
    const [line] = /sesame:\/\/\S+/.exec(stdout) ?? [];
    if (line === undefined) throw new Error(`No join line: ${stderr}`);
    return line;
  }

  async #connect(from: string): Promise<Ending> {
    const line = [
      'curl',
      '-s',
      '--interface',
      from,
      '-m',
      PATIENCE_SECONDS,
      '-o',
      '/dev/null',
      `http://${TRANSFER}/`,
    ];
    const ending = await this.#hosts.run(this.#hosts.client, line, process.env);
    // 28 is a time-out: not a packet came back.
    const said = ending.code === 28 ? SILENCE : `curl ended with ${ending.code ?? 'a signal'}`;
    return { ...ending, stdout: said };
  }

  async #connectFromNeighbour(): Promise<Ending> {
    const neighbour = '10.91.0.3';
    await this.#hosts.run(
      this.#hosts.client,
      ['ip', 'addr', 'add', `${neighbour}/24`, 'dev', 'eth0'],
      process.env,
    );
    return this.#connect(neighbour);
  }

  #curl(path: string): Promise<Ending> {
    return this.#hosts.run(this.#hosts.client, ['curl', '-s', '-m', '5', `${HTTP}${path}`], process.env);
  }

  #sesame(args: readonly string[], input = ''): Promise<Ending> {
    const places = {
      XDG_CONFIG_HOME: join(this.#folder, 'config'),
      XDG_STATE_HOME: join(this.#folder, 'state'),
    };
    const line = [join(this.#root, 'build', 'sesame'), ...args];
    return this.#hosts.run(this.#hosts.client, line, { ...process.env, ...places }, input);
  }

  /** Whoever has the data folder. */
  #operator(...args: readonly string[]): Promise<Ending> {
    return this.#hosts.run(this.#hosts.server, this.#sesamed(...args), process.env);
  }

  #sesamed(...args: readonly string[]): string[] {
    return [
      process.execPath,
      join(this.#root, 'dist', 'main.js'),
      ...args,
      '--data-dir',
      join(this.#folder, 'data'),
    ];
  }
}
