import { Check, Copy } from 'lucide-react';
import { type ReactNode, useEffect, useState } from 'react';
import { Button, IconButton } from './button.tsx';
import { useToasts } from './toast.tsx';

/** Copies `text` to the clipboard and says so for a moment, or says what went wrong. */
export function CopyButton({
  text,
  label,
  children,
}: {
  text: string | (() => Promise<string>);
  label: string;
  children?: ReactNode;
}) {
  const toasts = useToasts();
  const [copied, setCopied] = useState(false);
  useEffect(() => {
    if (!copied) return;
    const timer = setTimeout(() => setCopied(false), 1600);
    return () => clearTimeout(timer);
  }, [copied]);
  const copy = async () => {
    try {
      await navigator.clipboard.writeText(typeof text === 'string' ? text : await text());
      setCopied(true);
    } catch (error) {
      toasts.failed(error);
    }
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
