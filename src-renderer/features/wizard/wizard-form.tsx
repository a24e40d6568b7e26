import type { AppInfo, DockerState, NodeDriver } from '@shared/rpc/contract.ts';
import { Box, Container, Minus, Plus } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { Button } from '../../ui/button.tsx';
import { formatBytes } from '../../ui/format.ts';
import { maxNodes, type WizardFields, type WizardProblems } from './validation.ts';

export interface WizardFormProps {
  readonly fields: WizardFields;
  readonly problems: WizardProblems;
  readonly docker: DockerState | null;
  readonly host: AppInfo['host'] | undefined;
  readonly onChange: (change: Partial<WizardFields>) => void;
}

/** The fields of a new cluster, checked while one types. */
export function WizardForm({ fields, problems, docker, host, onChange }: WizardFormProps) {
  const nodes = Number(fields.nodes) || 0;
  const step = (by: number) =>
    onChange({ nodes: String(Math.max(1, Math.min(maxNodes[fields.driver], nodes + by))) });
  const dockerReason =
    docker === null
      ? 'Looking for Docker…'
      : docker.state === 'running'
        ? undefined
        : `${docker.message} ${docker.remedy}`;
  return (
    <>
      <Field label="Name" problem={problems.name}>
        {(control) => (
          <input
            {...control}
            className="input mono"
            spellCheck={false}
            autoComplete="off"
            value={fields.name}
            onChange={(event) => onChange({ name: event.target.value })}
            onFocus={(event) => event.target.select()}
          />
        )}
      </Field>
      <fieldset className="drivers">
        <legend>Nodes are</legend>
        <DriverOption
          driver="docker"
          chosen={fields.driver}
          icon={<Container size={18} />}
          title="Real"
          text="Docker containers that run your images."
          reason={dockerReason}
          onChoose={(driver) => onChange({ driver, nodes: String(Math.min(nodes || 3, maxNodes[driver])) })}
        />
        <DriverOption
          driver="hollow"
          chosen={fields.driver}
          icon={<Box size={18} />}
          title="Simulated"
          text="No Docker needed; pods only pretend to run. For learning and for scale."
          onChoose={(driver) => onChange({ driver })}
        />
      </fieldset>
      <Field label="Number of nodes" problem={problems.nodes}>
        {(control) => (
          <div className="row">
            <Button
              className="icon"
              aria-label="One node less"
              disabled={nodes <= 1}
              onClick={() => step(-1)}
            >
              <Minus size={14} />
            </Button>
            <input
              {...control}
              className="input num"
              style={{ width: 74, textAlign: 'center' }}
              inputMode="numeric"
              value={fields.nodes}
              onChange={(event) => onChange({ nodes: event.target.value })}
            />
            <Button
              className="icon"
              aria-label="One node more"
              disabled={nodes >= maxNodes[fields.driver]}
              onClick={() => step(1)}
            >
              <Plus size={14} />
            </Button>
          </div>
        )}
      </Field>
      {fields.driver === 'docker' && (
        <div className="wizard-size">
          <Field
            label="Cores per node"
            problem={problems.cpus}
            hint={host && `This machine has ${host.cpus}.`}
          >
            {(control) => (
              <input
                {...control}
                className="input num"
                inputMode="decimal"
                placeholder="no limit"
                value={fields.cpus}
                onChange={(event) => onChange({ cpus: event.target.value })}
              />
            )}
          </Field>
          <Field
            label="Memory per node, GiB"
            problem={problems.memoryGiB}
            hint={host && `This machine has ${formatBytes(host.memoryBytes)}.`}
          >
            {(control) => (
              <input
                {...control}
                className="input num"
                inputMode="decimal"
                placeholder="no limit"
                value={fields.memoryGiB}
                onChange={(event) => onChange({ memoryGiB: event.target.value })}
              />
            )}
          </Field>
        </div>
      )}
    </>
  );
}

interface Control {
  readonly id: string;
  readonly 'aria-invalid': boolean;
  readonly 'aria-describedby': string;
}

interface FieldProps {
  readonly label: string;
  readonly problem: string | undefined;
  readonly hint?: string | undefined;
  readonly children: (control: Control) => ReactNode;
}

function Field({ label, problem, hint, children }: FieldProps) {
  const id = useId();
  return (
    <div className="field">
      <label htmlFor={id}>{label}</label>
      {children({ id, 'aria-invalid': problem !== undefined, 'aria-describedby': `${id}-note` })}
      <span id={`${id}-note`} className={problem ? 'problem' : 'hint'} aria-live="polite">
        {problem ?? hint}
      </span>
    </div>
  );
}

interface DriverOptionProps {
  readonly driver: NodeDriver;
  readonly chosen: NodeDriver;
  readonly icon: ReactNode;
  readonly title: string;
  readonly text: string;
  /** Why it cannot be chosen. */
  readonly reason?: string | undefined;
  readonly onChoose: (driver: NodeDriver) => void;
}

function DriverOption({ driver, chosen, icon, title, text, reason, onChoose }: DriverOptionProps) {
  return (
    <label className="driver" data-disabled={reason !== undefined}>
      <input
        type="radio"
        name="driver"
        value={driver}
        checked={chosen === driver}
        disabled={reason !== undefined}
        onChange={() => onChoose(driver)}
      />
      {icon}
      <span>
        <b>{title}</b>
        <span>{text}</span>
        {reason && <span className="driver-reason">{reason}</span>}
      </span>
    </label>
  );
}
