/** What a key means in a list. */
export type TableCommand =
  | 'next'
  | 'previous'
  | 'page-down'
  | 'page-up'
  | 'first'
  | 'last'
  | 'open'
  | 'toggle'
  | 'select-all'
  | 'clear'
  | 'delete'
  | 'filter';

const byKey: ReadonlyMap<string, TableCommand> = new Map([
  ['j', 'next'],
  ['ArrowDown', 'next'],
  ['k', 'previous'],
  ['ArrowUp', 'previous'],
  ['PageDown', 'page-down'],
  ['PageUp', 'page-up'],
  ['Home', 'first'],
  ['g', 'first'],
  ['End', 'last'],
  ['G', 'last'],
  ['Enter', 'open'],
  ['x', 'toggle'],
  [' ', 'toggle'],
  ['Escape', 'clear'],
  ['Delete', 'delete'],
  ['/', 'filter'],
]);

export interface KeyPress {
  readonly key: string;
  readonly ctrlKey: boolean;
  readonly metaKey: boolean;
  readonly altKey: boolean;
}

/** Undefined for keys that are none of the list's business. */
export function tableCommand({ key, ctrlKey, metaKey, altKey }: KeyPress): TableCommand | undefined {
  if (ctrlKey || metaKey) return key === 'a' && !altKey ? 'select-all' : undefined;
  return altKey ? undefined : byKey.get(key);
}
