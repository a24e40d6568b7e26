import { Check, Minus } from 'lucide-react';

export interface CheckboxProps {
  readonly label: string;
  readonly checked: boolean | 'mixed';
  readonly onChange: () => void;
  readonly tabIndex?: number;
}

/** A box to tick whose label is for assistive technology only; lists have no room for more. */
export function Checkbox({ label, checked, onChange, tabIndex }: CheckboxProps) {
  const state = checked === 'mixed' ? 'indeterminate' : checked ? 'checked' : 'unchecked';
  return (
    // biome-ignore lint/a11y/useSemanticElements: thousands of rows; a plain button costs least and can be mixed
    <button
      type="button"
      role="checkbox"
      className="check"
      aria-checked={checked}
      aria-label={label}
      data-state={state}
      tabIndex={tabIndex}
      onClick={(event) => {
        event.stopPropagation();
        onChange();
      }}
    >
      {checked === 'mixed' ? (
        <Minus size={11} strokeWidth={3} />
      ) : checked ? (
        <Check size={11} strokeWidth={3} />
      ) : null}
    </button>
  );
}
