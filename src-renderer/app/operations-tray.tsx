import type { Operation } from '@shared/rpc/contract.ts';
import { Activity, X } from 'lucide-react';
import { Popover } from 'radix-ui';
import { useEffect, useRef, useState } from 'react';
import { useApp } from '../data/context.tsx';
import { useReadable } from '../data/readable.ts';
import { StepList } from '../features/operations/step-list.tsx';
import { Age } from '../ui/age.tsx';
import { Button, IconButton } from '../ui/button.tsx';
import { Badge, ErrorNotice, type Level } from '../ui/feedback.tsx';
import { useToasts } from '../ui/toast.tsx';

const levels: Readonly<Record<Operation['state'], Level>> = {
  running: 'progress',
  done: 'ok',
  failed: 'error',
  cancelled: 'done',
};

/** Longer pieces of work: what runs, how far it is, what failed. */
export function OperationsTray() {
  const app = useApp();
  const operations = useReadable(app.operations);
  const running = operations.filter((operation) => operation.state === 'running').length;
  const failed = operations.filter((operation) => operation.state === 'failed').length;
  const [open, setOpen] = useState(false);
  useAnnouncements(operations, app.attended);
  const level = running > 0 ? 'progress' : failed > 0 ? 'error' : undefined;
  return (
    <Popover.Root open={open} onOpenChange={setOpen}>
      <Popover.Trigger
        className="btn ghost sm ops-trigger"
        aria-label={`Operations: ${running} running, ${failed} failed`}
        title="Operations"
      >
        <Activity size={15} {...(level && { className: `tone-${level}`, style: { color: 'var(--tone)' } })} />
        {running > 0 && <span className="num">{running}</span>}
      </Popover.Trigger>
      <Popover.Portal>
        <Popover.Content className="popover ops-popover" align="end" sideOffset={6} collisionPadding={10}>
          <header className="ops-head">
            <h2 className="grow">Operations</h2>
            {operations.some((operation) => operation.state !== 'running') && (
              <Button size="sm" variant="ghost" onClick={() => dismissFinished(operations, app.dismiss)}>
                Clear finished
              </Button>
            )}
          </header>
          {operations.length === 0 && (
            <p className="muted" style={{ padding: '4px 16px 16px' }}>
              Nothing is under way.
            </p>
          )}
          <div className="ops-list">
            {operations.map((operation) => (
              <OperationView key={operation.id} operation={operation} />
            ))}
          </div>
        </Popover.Content>
      </Popover.Portal>
    </Popover.Root>
  );
}

function dismissFinished(operations: readonly Operation[], dismiss: (id: string) => void): void {
  for (const operation of operations) if (operation.state !== 'running') dismiss(operation.id);
}

function OperationView({ operation }: { operation: Operation }) {
  const app = useApp();
  const toasts = useToasts();
  const running = operation.state === 'running';
  return (
    <article className="op">
      <div className="row">
        <Badge level={levels[operation.state]}>{operation.state}</Badge>
        <b className="grow truncate">{operation.title}</b>
        <span className="muted">
          <Age at={operation.startedAt} suffix=" ago" />
        </span>
        {running ? (
          <Button
            size="sm"
            onClick={() =>
              void app.rpc.call('operation.cancel', { operationId: operation.id }).catch(toasts.failed)
            }
          >
            Cancel
          </Button>
        ) : (
          <IconButton label="Dismiss" onClick={() => app.dismiss(operation.id)}>
            <X size={14} />
          </IconButton>
        )}
      </div>
      {operation.error && <ErrorNotice error={operation.error} />}
      {(running || operation.state === 'failed') && <StepList steps={operation.steps} />}
    </article>
  );
}

/** A toast when an operation that was seen running ends. */
function useAnnouncements(operations: readonly Operation[], attended: ReadonlySet<string>): void {
  const toasts = useToasts();
  const seen = useRef(new Map<string, Operation['state']>());
  useEffect(() => {
    for (const operation of operations) {
      const before = seen.current.get(operation.id);
      seen.current.set(operation.id, operation.state);
      if (before !== 'running' || operation.state === 'running' || attended.has(operation.id)) continue;
      if (operation.state === 'failed') toasts.failed(operation.error ?? operation.title);
      else toasts.done(`${operation.title}: ${operation.state}`);
    }
  }, [operations, toasts, attended]);
}
