import { lazy, type ReactNode, Suspense } from 'react';
import type { Usage } from '../../data/usage.ts';
import { Card } from '../../ui/card.tsx';
import { formatBytes, formatCores } from '../../ui/format.ts';
import './usage.css';

const Chart = lazy(() => import('./chart.tsx'));

export interface UsageCardProps {
  readonly usage: Usage;
  /** What it is measured against, in words, e.g. `of 2 allocatable`. */
  readonly cpuNote: ReactNode;
  readonly memoryNote: ReactNode;
}

/** What a node or pod uses now, and a chart of the last minutes. */
export function UsageCard({ usage, cpuNote, memoryNote }: UsageCardProps) {
  const { cpuCores, memoryBytes, history } = usage;
  return (
    <Card title="In use">
      <div className="usage">
        <figure>
          <figcaption>
            CPU <b className="num">{cpuCores === undefined ? '…' : `${formatCores(cpuCores)} cores`}</b>{' '}
            <span className="muted">{cpuNote}</span>
          </figcaption>
          <Suspense fallback={<div className="usage-chart" />}>
            <Chart title="CPU of the last minutes" history={history} column={1} format={formatCores} />
          </Suspense>
        </figure>
        <figure>
          <figcaption>
            Memory <b className="num">{formatBytes(memoryBytes)}</b>{' '}
            <span className="muted">{memoryNote}</span>
          </figcaption>
          <Suspense fallback={<div className="usage-chart" />}>
            <Chart title="Memory of the last minutes" history={history} column={2} format={formatBytes} />
          </Suspense>
        </figure>
      </div>
    </Card>
  );
}
