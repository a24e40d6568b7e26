import { Check, Copy } from 'lucide-react';
import { type ComponentProps, type ReactNode, useEffect, useState } from 'react';
import { Tip } from './tooltip.tsx';

export interface ButtonProps extends ComponentProps<'button'> {
  readonly variant?: 'default' | 'primary' | 'danger' | 'ghost';
  readonly size?: 'sm' | 'md' | 'lg';
}

/** The one push button. `type` is `button` unless said otherwise, so that it never submits by accident. */
export function Button({ variant = 'default', size = 'md', className, ...props }: ButtonProps) {
  const classes = ['btn', variant, size, className].filter(Boolean).join(' ');
  return <button type="button" {...props} className={classes} />;
}

/** A button that shows only an icon; `label` is its name for everyone who cannot see it, and its tooltip. */
export function IconButton({
  label,
  shortcut,
  className,
  ...props
}: ButtonProps & { label: string; shortcut?: string }) {
  return (
    <Tip text={label} {...(shortcut !== undefined && { shortcut })}>
      <Button variant="ghost" size="sm" {...props} aria-label={label} className={`icon ${className ?? ''}`} />
    </Tip>
  );
}

/** Copies `text` to the clipboard and says so for a moment. */
export function CopyButton({
  text,
  label,
  children,
}: {
  text: string | (() => Promise<string>);
  label: string;
  children?: ReactNode;
}) {
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1600);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    await navigator.clipboard.writeText(typeof text === 'string' ? text : await text());
    setCopied(true);
  };
  const icon = copied ? <Check size={14} /> : <Copy size={14} />;
  if (children === undefined)
    return (
      <IconButton label={copied ? 'Copied' : label} onClick={() => void copy()}>
        {icon}
      </IconButton>
    );
  return (
    <Button size="sm" onClick={() => void copy()}>
      {icon}
      {copied ? 'Copied' : children}
    </Button>
  );
}
