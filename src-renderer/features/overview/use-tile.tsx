import { Bar } from '../../ui/feedback.tsx';
import { formatBytes, formatCores } from '../../ui/format.ts';

export function formatUse(value: number, kind: 'cores' | 'bytes'): string {
  return kind === 'cores' ? `${formatCores(value)}` : formatBytes(value);
}

/** Requested against allocatable, over all nodes. */
export function UseTile({
  title,
  requested,
  allocatable,
  kind,
}: {
  title: string;
  requested: number;
  allocatable: number;
  kind: 'cores' | 'bytes';
}) {
  const share = allocatable > 0 ? requested / allocatable : 0;
  return (
    <div className="card tile">
      <span className="tile-title">{title}</span>
      <span className="tile-value num">
        <b>{Math.round(share * 100)}%</b>{' '}
        {`${formatUse(requested, kind)} of ${formatUse(allocatable, kind)}${kind === 'cores' ? ' cores' : ''}`}
      </span>
      <Bar share={share} label={title} />
    </div>
  );
}
