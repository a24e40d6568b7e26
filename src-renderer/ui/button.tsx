import type { ComponentProps } from 'react';
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
