import type { AppErrorBody } from '@shared/lib/app-error.ts';
import type { Operation, Step } from '@shared/rpc/contract.ts';
import { type ReactNode, useEffect, useState } from 'react';
import { useApp } from '../../data/context.tsx';
import { useReadable } from '../../data/readable.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Badge, ErrorNotice } from '../../ui/feedback.tsx';
import { StepList } from './step-list.tsx';

export interface OperationDialogProps {
  readonly operationId: string;
  readonly titles: Readonly<Record<Operation['state'], string>>;
  /** On the button that calls it off. */
  readonly cancelLabel: string;
  /** Buttons once it is done; a plain “Close” when absent. */
  readonly done?: ReactNode;
  /** Back to the form, after a failure or a cancel. */
  readonly onAgain: () => void;
  readonly onClose: () => void;
}

/** An operation's steps live. Closing the dialog lets it go on; its end is then announced elsewhere. */
export function OperationDialog(props: OperationDialogProps) {
  const { operationId, onClose } = props;
  const app = useApp();
  const operation = useReadable(app.operations).find((item) => item.id === operationId);
  const [cancelError, setCancelError] = useState<unknown>(null);
  useEffect(() => {
    app.attended.add(operationId);
    return () => void app.attended.delete(operationId);
  }, [app, operationId]);
  const state = operation?.state ?? 'running';
  const cancel = () => app.rpc.call('operation.cancel', { operationId }).catch(setCancelError);
  return (
    <Dialog
      title={props.titles[state]}
      onClose={onClose}
      footer={<Buttons {...props} state={state} onCancel={() => void cancel()} />}
    >
      <div className="stack" aria-live="polite">
        {cancelError !== null && <ErrorNotice error={cancelError} />}
        {operation?.error && <ErrorNotice error={withoutLog(operation.error, operation.steps)} />}
        {operation === undefined ? (
          <Badge level="progress">waiting</Badge>
        ) : (
          <StepList steps={operation.steps} />
        )}
      </div>
    </Dialog>
  );
}

/** The failed step shows its output by itself: it is not told twice. */
function withoutLog({ detail, ...error }: AppErrorBody, steps: readonly Step[]): AppErrorBody {
  const told = steps.some((step) => step.state === 'failed' && step.log.join('\n').includes(detail ?? ''));
  return told || detail === undefined ? error : { ...error, detail };
}

function Buttons({
  state,
  cancelLabel,
  done,
  onAgain,
  onCancel,
  onClose,
}: OperationDialogProps & { state: Operation['state']; onCancel: () => void }) {
  if (state === 'running') {
    return (
      <>
        <Button onClick={onCancel}>{cancelLabel}</Button>
        <Button onClick={onClose}>Continue in the background</Button>
      </>
    );
  }
  if (state === 'done') {
    return (
      done ?? (
        <Button variant="primary" autoFocus onClick={onClose}>
          Close
        </Button>
      )
    );
  }
  return (
    <>
      <Button onClick={onClose}>Close</Button>
      <Button variant="primary" onClick={onAgain}>
        {state === 'failed' ? 'Change and try again' : 'Try again'}
      </Button>
    </>
  );
}
