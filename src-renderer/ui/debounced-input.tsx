import { type ComponentProps, useEffect, useRef, useState } from 'react';

export interface DebouncedInputProps extends Omit<ComponentProps<'input'>, 'value' | 'onChange'> {
  readonly value: string;
  /** Called once typing pauses. */
  readonly onValue: (value: string) => void;
  readonly delayMs?: number;
}

/** A text field whose owner hears of changes only when typing pauses; what is typed is never held up. */
export function DebouncedInput({ value, onValue, delayMs = 120, ...props }: DebouncedInputProps) {
  const [text, setText] = useState(value);
  const told = useRef(value);
  const latest = useRef(onValue);
  useEffect(() => {
    latest.current = onValue;
  });
  useEffect(() => {
    if (value === told.current) return;
    told.current = value;
    setText(value);
  }, [value]);
  useEffect(() => {
    if (text === told.current) return;
    const timer = setTimeout(() => {
      told.current = text;
      latest.current(text);
    }, delayMs);
    return () => clearTimeout(timer);
  }, [text, delayMs]);
  return <input {...props} value={text} onChange={(event) => setText(event.target.value)} />;
}
