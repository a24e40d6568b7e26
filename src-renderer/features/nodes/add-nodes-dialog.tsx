import type { NodeDriver } from '@shared/rpc/contract.ts';
import { useState } from 'react';
import { useApp } from '../../data/context.tsx';
import { useReadable } from '../../data/readable.ts';
import { Button } from '../../ui/button.tsx';
import { Dialog } from '../../ui/dialog.tsx';
import { ErrorNotice } from '../../ui/feedback.tsx';
import { CountInput, Field } from '../../ui/field.tsx';
import { plural } from '../../ui/format.ts';
import { OperationDialog } from '../operations/operation-dialog.tsx';
import { DriverOptions } from '../wizard/driver-options.tsx';
import { SizeInputs } from '../wizard/size-fields.tsx';
import { countProblem, dockerReason, maxNodes, sizeOf, validateSize } from '../wizard/validation.ts';
import '../wizard/wizard.css';

interface Fields {
  readonly driver: NodeDriver;
  readonly count: string;
  readonly cpus: string;
  readonly memoryGiB: string;
}

/** More nodes for a running cluster: a form, then the steps live. */
export function AddNodesDialog({ cluster, onClose }: { cluster: string; onClose: () => void }) {
  const app = useApp();
  const docker = useReadable(app.docker);
  const host = useReadable(app.info)?.host;
  const summary = useReadable(app.clusters)?.find((item) => item.name === cluster);
  const reason =
    summary?.driver === 'hollow'
      ? 'This cluster was made of simulated nodes, without a network for containers. Create a cluster of real nodes instead.'
      : dockerReason(docker);
  const [fields, setFields] = useState<Fields>({
    driver: reason === undefined ? 'docker' : 'hollow',
    count: '1',
    cpus: '',
    memoryGiB: '',
  });
  const [operationId, setOperationId] = useState<string | null>(null);
  const [error, setError] = useState<unknown>(null);
  const [busy, setBusy] = useState(false);
  const { driver } = fields;
  const count = Number(fields.count);

  if (operationId !== null) {
    const nodes = plural(count, 'node');
    return (
      <OperationDialog
        operationId={operationId}
        titles={{
          running: `Adding ${nodes} to ${cluster}`,
          done: `${cluster} has ${nodes} more`,
          failed: 'The nodes could not be added',
          cancelled: 'Adding was called off',
        }}
        cancelLabel="Cancel adding"
        onAgain={() => setOperationId(null)}
        onClose={onClose}
      />
    );
  }

  const change = (part: Partial<Fields>) => setFields((all) => ({ ...all, ...part }));
  const limits = { hostCpus: host?.cpus ?? 1, hostMemoryBytes: host?.memoryBytes ?? 1024 ** 3 };
  const countWrong = countProblem(fields.count, { min: 1, max: maxNodes[driver] });
  const sizeWrong = driver === 'docker' ? validateSize(fields, limits) : {};
  const valid = countWrong === undefined && Object.keys(sizeWrong).length === 0;
  const add = async () => {
    setBusy(true);
    setError(null);
    try {
      const size = driver === 'docker' ? sizeOf(fields) : {};
      const request = { cluster, driver, count, ...(Object.keys(size).length > 0 && { size }) };
      setOperationId((await app.rpc.call('node.add', request)).operationId);
    } catch (failure) {
      setError(failure);
    }
    setBusy(false);
  };
  return (
    <Dialog
      title="Add nodes"
      description={`To cluster ${cluster}, while it runs.`}
      onClose={onClose}
      footer={
        <>
          <Button onClick={onClose}>Cancel</Button>
          <Button variant="primary" type="submit" form="add-nodes" disabled={!valid || busy}>
            {valid ? `Add ${plural(count, 'node')}` : 'Add nodes'}
          </Button>
        </>
      }
    >
      <form
        id="add-nodes"
        className="stack"
        style={{ gap: 16 }}
        onSubmit={(event) => {
          event.preventDefault();
          if (valid && !busy) void add();
        }}
      >
        {error !== null && <ErrorNotice error={error} />}
        <DriverOptions chosen={driver} dockerReason={reason} onChoose={(next) => change({ driver: next })} />
        <Field label="How many" problem={countWrong}>
          {(control) => (
            <CountInput
              control={control}
              value={fields.count}
              min={1}
              max={maxNodes[driver]}
              less="One node less"
              more="One node more"
              onChange={(next) => change({ count: next })}
            />
          )}
        </Field>
        {driver === 'docker' && (
          <SizeInputs
            fields={fields}
            problems={sizeWrong}
            host={host}
            placeholder="as the cluster’s others"
            onChange={change}
          />
        )}
      </form>
    </Dialog>
  );
}
