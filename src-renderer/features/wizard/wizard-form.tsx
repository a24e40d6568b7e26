import type { AppInfo, DockerState } from '@shared/rpc/contract.ts';
import { ChevronRight } from 'lucide-react';
import { useEffect, useRef, useState } from 'react';
import { CountInput, Field } from '../../ui/field.tsx';
import { DriverOptions } from './driver-options.tsx';
import { SizeInputs } from './size-fields.tsx';
import { dockerReason, maxNodes, type WizardFields, type WizardProblems } from './validation.ts';

export interface WizardFormProps {
  readonly fields: WizardFields;
  readonly problems: WizardProblems;
  readonly docker: DockerState | null;
  readonly host: AppInfo['host'] | undefined;
  readonly onChange: (change: Partial<WizardFields>) => void;
}

/** The fields of a new cluster, checked while one types. */
export function WizardForm({ fields, problems, docker, host, onChange }: WizardFormProps) {
  const nodes = Number(fields.nodes) || 3;
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
      <DriverOptions
        chosen={fields.driver}
        dockerReason={dockerReason(docker)}
        onChoose={(driver) => onChange({ driver, nodes: String(Math.min(nodes, maxNodes[driver])) })}
      />
      <Field label="Number of nodes" problem={problems.nodes}>
        {(control) => (
          <CountInput
            control={control}
            value={fields.nodes}
            min={1}
            max={maxNodes[fields.driver]}
            less="One node less"
            more="One node more"
            onChange={(value) => onChange({ nodes: value })}
          />
        )}
      </Field>
      {fields.driver === 'docker' && (
        <SizeInputs
          fields={fields}
          problems={problems}
          host={host}
          placeholder="no limit"
          onChange={onChange}
        />
      )}
      <Advanced fields={fields} problems={problems} onChange={onChange} />
    </>
  );
}

/** What few need; it stays open while something in it is wrong. */
function Advanced({ fields, problems, onChange }: Pick<WizardFormProps, 'fields' | 'problems' | 'onChange'>) {
  const [chosen, setOpen] = useState(false);
  const open = chosen || problems.hollowNodes !== undefined;
  const head = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (open) head.current?.parentElement?.scrollIntoView({ block: 'nearest' });
  }, [open]);
  return (
    <div className="stack">
      <button
        ref={head}
        type="button"
        className="disclosure"
        aria-expanded={open}
        onClick={() => setOpen(!open)}
      >
        <ChevronRight size={13} /> Advanced
      </button>
      {open && fields.driver === 'docker' && (
        <Field
          label="Simulated nodes beside the real ones"
          problem={problems.hollowNodes}
          hint="They take pods that name them or tolerate their taint, and only pretend to run them."
        >
          {(control) => (
            <CountInput
              control={control}
              value={fields.hollowNodes}
              min={0}
              max={maxNodes.hollow}
              less="One simulated node less"
              more="One simulated node more"
              onChange={(hollowNodes) => onChange({ hollowNodes })}
            />
          )}
        </Field>
      )}
      {open && (
        <label className="row">
          <input
            type="checkbox"
            checked={fields.autostart}
            onChange={(event) => onChange({ autostart: event.target.checked })}
          />
          Start this cluster whenever Slipway starts
        </label>
      )}
    </div>
  );
}
