import { useNavigate } from '@tanstack/react-router';
import { useState } from 'react';
import { useApp } from '../../data/context.tsx';
import { useReadable } from '../../data/readable.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorNotice } from '../../ui/feedback.tsx';
import { OperationDialog } from '../operations/operation-dialog.tsx';
import { withName } from '../settings/autostart.ts';
import { suggestName, toRequest, validateWizard, type WizardFields } from './validation.ts';
import { WizardForm } from './wizard-form.tsx';
import './wizard.css';

/** From a name to a running cluster: a form, then its steps live. Closing it while it works lets it go on. */
export function CreateClusterDialog({ onClose }: { onClose: () => void }) {
  const app = useApp();
  const clusters = useReadable(app.clusters) ?? [];
  const docker = useReadable(app.docker);
  const info = useReadable(app.info);
  const autostart = useReadable(app.settings)?.autostart ?? [];
  const [fields, setFields] = useState<WizardFields>(() => ({
    name: suggestName(clusters.map((cluster) => cluster.name)),
    driver: docker?.state === 'running' ? 'docker' : 'hollow',
    nodes: '3',
    hollowNodes: '0',
    cpus: '',
    memoryGiB: '',
    autostart: false,
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
      const { operationId: started } = await app.rpc.call('cluster.create', toRequest(fields));
      setOperationId(started);
      if (fields.autostart) await app.changeSettings({ autostart: withName(autostart, fields.name, true) });
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

function Progress({ name, operationId, onClose, onAgain }: ProgressProps) {
  const navigate = useNavigate();
  return (
    <OperationDialog
      operationId={operationId}
      titles={{
        running: `Creating ${name}`,
        done: `${name} is ready`,
        failed: `${name} could not be created`,
        cancelled: 'Creation cancelled',
      }}
      cancelLabel="Cancel creation"
      done={
        <Button
          variant="primary"
          autoFocus
          onClick={() => void navigate({ to: '/c/$cluster', params: { cluster: name } })}
        >
          Open {name}
        </Button>
      }
      onAgain={onAgain}
      onClose={onClose}
    />
  );
}

interface ProgressProps {
  readonly name: string;
  readonly operationId: string;
  readonly onClose: () => void;
  readonly onAgain: () => void;
}
