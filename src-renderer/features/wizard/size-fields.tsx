import type { AppInfo } from '@shared/rpc/contract.ts';
import { Field } from '../../ui/field.tsx';
import { formatBytes, plural } from '../../ui/format.ts';
import type { SizeFields, SizeProblems } from './validation.ts';

export interface SizeInputsProps {
  readonly fields: SizeFields;
  readonly problems: SizeProblems;
  readonly host: AppInfo['host'] | undefined;
  /** What an empty field means. */
  readonly placeholder: string;
  readonly onChange: (change: Partial<SizeFields>) => void;
}

/** Cores and memory of each Docker node. */
export function SizeInputs({ fields, problems, host, placeholder, onChange }: SizeInputsProps) {
  return (
    <div className="wizard-size">
      <Field
        label="Cores per node"
        problem={problems.cpus}
        hint={host && `This machine has ${plural(host.cpus, 'core')}.`}
      >
        {(control) => (
          <input
            {...control}
            className="input num"
            inputMode="decimal"
            placeholder={placeholder}
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
            placeholder={placeholder}
            value={fields.memoryGiB}
            onChange={(event) => onChange({ memoryGiB: event.target.value })}
          />
        )}
      </Field>
    </div>
  );
}
