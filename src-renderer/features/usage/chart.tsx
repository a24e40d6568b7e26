import { useEffect, useRef } from 'react';
import UPlot from 'uplot';
import 'uplot/dist/uPlot.min.css';
import type { Ring } from '../../data/ring.ts';

export interface ChartProps {
  readonly title: string;
  readonly history: Ring;
  /** Column of the ring; column 0 is the time in seconds. */
  readonly column: number;
  readonly format: (value: number) => string;
}

/** Steps of the scale: binary for sizes (a kibibyte and more), of which the decimal ones are no round numbers. */
const steps = [
  ...[1, 2, 5].flatMap((step) => [0.001, 0.01, 0.1, 1, 10, 100].map((power) => step * power)),
  ...Array.from({ length: 40 }, (_, power) => 1024 * 2 ** power),
].sort((a, b) => a - b);
const heightPx = 96;
const shownSeconds = 300;

/** The last five minutes of one measure. Drawn anew when it is rendered, sized to its place. */
export default function Chart({ title, history, column, format }: ChartProps) {
  const place = useRef<HTMLDivElement>(null);
  const plot = useRef<UPlot>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the plot is built once, its data set below
  useEffect(() => {
    const element = place.current;
    if (element === null) return;
    const built = new UPlot(optionsOf(element, format), [[], []], element);
    plot.current = built;
    const observer = new ResizeObserver(() =>
      built.setSize({ width: element.clientWidth, height: heightPx }),
    );
    observer.observe(element);
    return () => {
      observer.disconnect();
      built.destroy();
      plot.current = null;
    };
  }, []);
  useEffect(() => {
    const values = Array.from(history.column(column), (value) => (Number.isNaN(value) ? null : value));
    plot.current?.setData([history.column(0), values]);
  });
  return <div ref={place} className="usage-chart" role="img" aria-label={title} />;
}

function optionsOf(element: HTMLElement, format: (value: number) => string): UPlot.Options {
  const style = getComputedStyle(element);
  const colour = (token: string) => style.getPropertyValue(token).trim();
  const axis = {
    stroke: () => colour('--text-3'),
    grid: { stroke: () => colour('--line'), width: 1 },
    ticks: { show: false },
    font: `10px ${colour('--font')}`,
  };
  return {
    width: element.clientWidth,
    height: heightPx,
    legend: { show: false },
    cursor: { show: false },
    padding: [6, 4, 0, 0],
    scales: {
      x: { range: (_plot, _min, max) => [max - shownSeconds, max] },
      y: { range: (_plot, _min, max) => [0, max > 0 ? max * 1.25 : 1] },
    },
    series: [
      {},
      {
        stroke: () => colour('--accent'),
        fill: () => colour('--progress-bg'),
        width: 1.5,
        points: { show: false },
        spanGaps: true,
      },
    ],
    axes: [
      {
        ...axis,
        size: 20,
        space: 70,
        values: (_plot, times) =>
          times.map((time) => new Date(time * 1000).toLocaleTimeString('en-GB', { timeStyle: 'short' })),
      },
      { ...axis, size: 62, space: 30, incrs: steps, values: (_plot, values) => values.map(format) },
    ],
  };
}
