import { Counter, Gauge, type Registry } from 'prom-client';

/** One line of a metric. */
export type Series = readonly [labels: Readonly<Record<string, string>>, value: number];

/** What to call it, and what it says. */
export interface MetricName {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly string[];
}

type Read = () => readonly Series[] | Promise<readonly Series[]>;

/** A counter that somebody else counts: it is looked up when somebody asks. */
export function watchedCounter(
  registers: Registry[],
  { name, help, labels = [] }: MetricName,
  read: Read,
): void {
  new Counter({
    ...{ name, help, registers, labelNames: [...labels] },
    async collect() {
      const series = await read();
      this.reset();
      for (const [of, count] of series) this.inc({ ...of }, count);
    },
  });
}

/** A figure that goes up and down, looked up when somebody asks. */
export function watchedGauge(
  registers: Registry[],
  { name, help, labels = [] }: MetricName,
  read: Read,
): void {
  new Gauge({
    ...{ name, help, registers, labelNames: [...labels] },
    async collect() {
      const series = await read();
      this.reset();
      for (const [of, value] of series) this.set({ ...of }, value);
    },
  });
}
