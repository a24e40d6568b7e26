import { useNavigate } from '@tanstack/react-router';
import { useEffect, useState } from 'react';
import { useApp } from '../../data/context.tsx';
import { useReadable } from '../../data/readable.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { Badge, ErrorNotice } from '../../ui/feedback.tsx';
import { StepList } from '../operations/step-list.tsx';
import { suggestName, toRequest, validateWizard, type WizardFields } from './validation.ts';
import { WizardForm } from './wizard-form.tsx';
import './wizard.css';

/** From a name to a running cluster: a form, then its steps live. Closing it while it works lets it go on. */
export function CreateClusterDialog({ onClose }: { onClose: () => void }) {
  const app = useApp();
  const clusters = useReadable(app.clusters) ?? [];
  const docker = useReadable(app.docker);
  const info = useReadable(app.info);
  const [fields, setFields] = useState<WizardFields>(() => ({
    name: suggestName(clusters.map((cluster) => cluster.name)),
    driver: docker?.state === 'running' ? 'docker' : 'hollow',
    nodes: '3',
    cpus: '',
    memoryGiB: '',
  }));
  const [operationId, setOperationId] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<unknown>(null);

  if (operationId !== null) {
    return (
      <Progress
        name={fields.name}
        operationId={operationId}
        onClose={onClose}
        onAgain={() => setOperationId(null)}
      />
    );
  }

  const limits = {
    taken: clusters.map((cluster) => cluster.name),
    hostCpus: info?.host.cpus ?? 1,
    hostMemoryBytes: info?.host.memoryBytes ?? 1024 ** 3,
  };
  const problems = validateWizard(fields, limits);
  const valid = Object.keys(problems).length === 0;
  const create = async () => {
    setBusy(true);
    setError(null);
    try {
      setOperationId((await app.rpc.call('cluster.create', toRequest(fields))).operationId);
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return (
    <Dialog
      title="Create cluster"
      description={`Kubernetes ${info?.kubernetesVersion ?? ''} with its own control plane, on this machine.`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" disabled={!valid || busy} type="submit" form="create-cluster">
            Create cluster
          </Button>
        </>
      }
    >
      <form
        id="create-cluster"
        className="stack"
        style={{ gap: 16 }}
        onSubmit={(event) => {
          event.preventDefault();
          if (valid && !busy) void create();
        }}
      >
        {error !== null && <ErrorNotice error={error} />}
        <WizardForm
          fields={fields}
          problems={problems}
          docker={docker}
          host={info?.host}
          onChange={(change) => setFields((all) => ({ ...all, ...change }))}
        />
      </form>
    </Dialog>
  );
}

interface ProgressProps {
  readonly name: string;
  readonly operationId: string;
  readonly onClose: () => void;
  readonly onAgain: () => void;
}

function Progress({ name, operationId, onClose, onAgain }: ProgressProps) {
  const app = useApp();
  const navigate = useNavigate();
  const operation = useReadable(app.operations).find((item) => item.id === operationId);
  const [cancelError, setCancelError] = useState<unknown>(null);
  useEffect(() => {
    app.attended.add(operationId);
    return () => void app.attended.delete(operationId);
  }, [app, operationId]);
  const state = operation?.state ?? 'running';
  const cancel = () => app.rpc.call('operation.cancel', { operationId }).catch(setCancelError);
  const buttons = {
    running: (
      <>
        <Button onClick={() => void cancel()}>Cancel creation</Button>
        <Button onClick={onClose}>Continue in the background</Button>
      </>
    ),
    done: (
      <Button
        variant="primary"
        autoFocus
        onClick={() => void navigate({ to: '/c/$cluster', params: { cluster: name } })}
      >
        Open {name}
      </Button>
    ),
    failed: (
      <>
        <Button onClick={onClose}>Close</Button>
        <Button variant="primary" onClick={onAgain}>
          Change and try again
        </Button>
      </>
    ),
    cancelled: (
      <>
        <Button onClick={onClose}>Close</Button>
        <Button variant="primary" onClick={onAgain}>
          Try again
        </Button>
      </>
    ),
  }[state];
  const titles = {
    running: `Creating ${name}`,
    done: `${name} is ready`,
    failed: `${name} could not be created`,
    cancelled: 'Creation cancelled',
  };
  return (
    <Dialog title={titles[state]} onClose={onClose} footer={buttons}>
      <div className="stack" aria-live="polite">
        {cancelError !== null && <ErrorNotice error={cancelError} />}
        {operation?.error && <ErrorNotice error={operation.error} />}
        {operation === undefined ? (
          <Badge level="progress">waiting</Badge>
        ) : (
          <StepList steps={operation.steps} />
        )}
      </div>
    </Dialog>
  );
}
