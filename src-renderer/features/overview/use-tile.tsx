import { Bar } from '../../ui/feedback.tsx';
import { formatBytes, formatCores } from '../../ui/format.ts';

export type Measure = 'cores' | 'bytes';

export function formatUse(value: number, measure: Measure): string {
  return measure === 'cores' ? formatCores(value) : formatBytes(value);
}

export interface UseTileProps {
  readonly title: string;
  /** What pods ask for. */
  readonly requested: number;
  /** What is used now; undefined where no node tells. */
  readonly used: number | undefined;
  readonly allocatable: number;
  readonly measure: Measure;
}

/** Used and requested against allocatable, over all nodes. Without use, requests alone. */
export function UseTile({ title, requested, used, allocatable, measure }: UseTileProps) {
  const share = (value: number) => (allocatable > 0 ? value / allocatable : 0);
  const shown = used ?? requested;
  const whole = `${formatUse(allocatable, measure)}${measure === 'cores' ? ' cores' : ''}`;
  return (
    <div className="card tile">
      <span className="tile-title">{used === undefined ? `${title} requested` : `${title} in use`}</span>
      <span className="tile-value num">
        <b>{percent(share(shown))}</b> {`${formatUse(shown, measure)} of ${whole}`}
      </span>
      <Bar share={share(shown)} label={title} {...(used !== undefined && { behind: share(requested) })} />
      <span className="legend num">
        {used === undefined
          ? 'What pods ask for; use is unknown.'
          : `${percent(share(requested))} requested (${formatUse(requested, measure)})`}
      </span>
    </div>
  );
}

/** What is used is never shown as nothing. */
function percent(share: number): string {
  return share > 0 && share < 0.005 ? '<1%' : `${Math.round(share * 100)}%`;
}
