import { Minus, Plus } from 'lucide-react';
import { type ReactNode, useId } from 'react';
import { Button } from './button.tsx';

/** What a labelled control must carry. */
export interface Control {
  readonly id: string;
  readonly 'aria-invalid': boolean;
  readonly 'aria-describedby': string;
}

export interface FieldProps {
  readonly label: string;
  readonly problem: string | undefined;
  readonly hint?: ReactNode;
  readonly children: (control: Control) => ReactNode;
}

/** A control with its label above and its problem, or else a hint, below. */
export function Field({ label, problem, hint, children }: FieldProps) {
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

export interface CountInputProps {
  readonly control: Control;
  /** As typed. */
  readonly value: string;
  readonly min: number;
  readonly max: number;
  /** Names of the buttons, e.g. `One node less`. */
  readonly less: string;
  readonly more: string;
  readonly onChange: (value: string) => void;
}

/** A whole number to type or to step. */
export function CountInput({ control, value, min, max, less, more, onChange }: CountInputProps) {
  const count = Number(value) || 0;
  const step = (by: number) => onChange(String(Math.max(min, Math.min(max, count + by))));
  return (
    <div className="row">
      <Button className="icon" aria-label={less} disabled={count <= min} onClick={() => step(-1)}>
        <Minus size={14} />
      </Button>
      <input
        {...control}
        className="input num"
        style={{ width: 74, textAlign: 'center' }}
        inputMode="numeric"
        value={value}
        onChange={(event) => onChange(event.target.value)}
      />
      <Button className="icon" aria-label={more} disabled={count >= max} onClick={() => step(1)}>
        <Plus size={14} />
      </Button>
    </div>
  );
}
