/** What to run in the container. */
export interface Shell {
  readonly id: string;
  readonly label: string;
  readonly command: readonly string[];
}

/** `auto` takes bash where there is one. Images without any shell need a command of their own. */
export const shells: readonly Shell[] = [
  {
    id: 'auto',
    label: 'bash or sh',
    command: ['sh', '-c', 'if command -v bash >/dev/null 2>&1; then exec bash; else exec sh; fi'],
  },
  { id: 'bash', label: 'bash', command: ['bash'] },
  { id: 'sh', label: 'sh', command: ['sh'] },
  { id: 'ash', label: 'busybox sh', command: ['busybox', 'sh'] },
];

/** What to say when no shell came up: usually the image has none. */
export function endText(end: { exitCode: number | undefined; message: string }): {
  text: string;
  hint: string | undefined;
} {
  const noShell =
    end.exitCode === 126 ||
    end.exitCode === 127 ||
    /executable file not found|no such file or directory/i.test(end.message);
  return {
    text: end.message || 'The terminal has ended.',
    hint: noShell ? 'This image seems to have no such shell. Choose another one above.' : undefined,
  };
}
