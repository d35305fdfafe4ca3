// A server behind a firewall gate, without anything of ours but the driver: it listens, and opens when it is told to.
import { createServer } from 'node:net';
import type { Logger, LogFields } from '../../src/base/logger.ts';
import { connectToGateHelper } from '../../src/control/gate-socket.ts';
import { PATIENCE, startFirewallDriver, type FirewallDriverOptions } from '../../src/gate/firewall-driver.ts';
import { KNOCK_PORT, PORTS, type GateOrder, type GateReport, type GateSettings } from './gate-server.ts';

const settings = JSON.parse(process.argv[2] ?? '') as GateSettings;

function tell(report: GateReport): void {
  process.send?.(report);
}

const say = (message: string, fields?: LogFields): void =>
  tell({ log: `${message} ${JSON.stringify(fields ?? {})}` });
const log: Logger = { enabled: () => true, debug: say, info: say, warning: say, error: say, critical: say };

for (const port of PORTS) {
  createServer((socket) => socket.on('error', () => undefined).pipe(socket)).listen(port, '::');
}

try {
  const patience = { ...PATIENCE, watch: 500 };
  const options: FirewallDriverOptions = {
    kind: settings.kind,
    ports: settings.ports ?? PORTS.slice(0, 2),
    knockPort: KNOCK_PORT,
    allow: settings.allow ?? [],
    onStop: settings.onStop ?? 'shut',
    helperSocket: settings.helperSocket,
    connect: connectToGateHelper,
    log,
    onRestart: () => tell({ restarted: true }),
  };
  const driver = await startFirewallDriver(options, patience);
  process.on('message', (order: GateOrder) => {
    const done =
      order.op === 'open'
        ? driver.open(order.address, order.seconds)
        : order.op === 'close'
          ? driver.close(order.address)
          : order.op === 'stop'
            ? driver[Symbol.asyncDispose]()
            : Promise.resolve();
    done.then(
      () => tell({ id: order.id, value: order.op === 'fault' ? (driver.fault ?? '') : '' }),
      (error: unknown) => tell({ id: order.id, error: String(error) }),
    );
  });
  tell({ id: 0, value: '' });
} catch (error) {
  tell({ id: 0, error: String(error) });
}
