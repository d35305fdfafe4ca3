import { effect, signal } from '@preact/signals';
import { useEffect, useRef } from 'preact/hooks';
import uPlot from 'uplot';
import type { Sample } from '../../api-types.ts';
import { formatRate } from '../format.ts';
import { samples } from '../live.ts';
import { theme } from '../theme.ts';

const HEIGHT = 220;
const WINDOW_SECONDS = 300;
const dark = matchMedia('(prefers-color-scheme: dark)');

/** The moment that the pointer is at, if it is over the chart. */
export const inspected = signal<Sample | undefined>(undefined);

/** Bytes received and sent in the last five minutes, drawn anew each second. */
export function ThroughputChart() {
  const ref = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const host = ref.current;
    if (!host) return;
    let chart = draw(host);
    // A canvas does not take part in the page's colours: other colours, another drawing.
    const redraw = (): void => {
      chart.destroy();
      chart = draw(host);
    };
    const endOfTheme = theme.subscribe(redraw);
    const endOfSamples = effect(() => chart.setData(dataOf(samples.value)));
    const sizes = new ResizeObserver(() => chart.setSize({ width: host.clientWidth, height: HEIGHT }));
    sizes.observe(host);
    dark.addEventListener('change', redraw);
    return () => {
      inspected.value = undefined;
      endOfTheme();
      endOfSamples();
      sizes.disconnect();
      dark.removeEventListener('change', redraw);
      chart.destroy();
    };
  }, []);
  return (
    <div
      ref={ref}
      class="chart"
      role="img"
      aria-label="Bytes per second received and sent in the last five minutes. The numbers above are those of now."
    />
  );
}

function draw(host: HTMLElement): uPlot {
  const style = getComputedStyle(host);
  const colour = (name: string): string => style.getPropertyValue(`--chart-${name}`);
  const axis: uPlot.Axis = {
    stroke: colour('text'),
    font: `11px ${style.fontFamily}`,
    grid: { stroke: colour('grid'), width: 1 },
    ticks: { show: false },
  };
  return new uPlot(
    {
      width: host.clientWidth,
      height: HEIGHT,
      padding: [12, 20, 0, 0],
      legend: { show: false },
      hooks: { setCursor: [inspect] },
      cursor: { y: false, points: { size: 6 } },
      scales: { x: { time: true, range: lastMinutes }, y: { range: fromZero } },
      axes: [
        {
          ...axis,
          grid: { show: false },
          size: 28,
          space: 44,
          incrs: [60, 120, 300],
          values: (_chart, times) => times.map(clock),
        },
        {
          ...axis,
          size: 78,
          gap: 6,
          space: 44,
          incrs: ROUND_BYTES,
          values: (_chart, rates) => rates.map(formatRate),
        },
      ],
      series: [
        {},
        {
          stroke: colour('in'),
          fill: colour('fill'),
          width: 1.5,
          points: { show: false },
        },
        { stroke: colour('out'), width: 1.5, points: { show: false } },
      ],
    },
    dataOf(samples.peek()),
    host,
  );
}

// Steps that are round in KiB, MiB and GiB, where uPlot's own are round in thousands.
const ROUND_BYTES = Array.from({ length: 50 }, (_, power) => 2 ** power);

function dataOf(shown: readonly Sample[]): uPlot.AlignedData {
  return [
    shown.map(({ time }) => new Date(time).getTime() / 1000),
    shown.map((sample) => sample.in),
    shown.map((sample) => sample.out),
  ];
}

/** Always the same stretch of time, so that the lines move and do not grow. */
function lastMinutes(_chart: uPlot, _first: number, last: number): uPlot.Range.MinMax {
  const end = Number.isFinite(last) ? last : Date.now() / 1000;
  return [end - WINDOW_SECONDS, end];
}

function fromZero(_chart: uPlot, _low: number, high: number): uPlot.Range.MinMax {
  return [0, Math.max(high * 1.1, 1024)];
}

function inspect({ cursor }: uPlot): void {
  inspected.value = typeof cursor.idx === 'number' ? samples.peek()[cursor.idx] : undefined;
}

function clock(seconds: number): string {
  const time = new Date(seconds * 1000);
  return [time.getHours(), time.getMinutes()].map((part) => String(part).padStart(2, '0')).join(':');
}
