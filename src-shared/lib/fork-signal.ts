import type { Disposable } from './disposable.ts';

/** Signals that abort with a parent, of which the parent holds only one listener however many there are. */
export interface SignalFork extends Disposable {
  /** A new signal; already aborted when the parent is. */
  fork(): AbortSignal;
}

/** Dispose to let go of the parent; the forks then never abort. */
export function forkSignal(parent: AbortSignal): SignalFork {
  const children = new Set<AbortController>();
  const onAbort = () => {
    for (const child of children) child.abort(parent.reason);
  };
  parent.addEventListener('abort', onAbort, { once: true });
  return {
    fork() {
      const child = new AbortController();
      if (parent.aborted) child.abort(parent.reason);
      else children.add(child);
      return child.signal;
    },
    dispose() {
      parent.removeEventListener('abort', onAbort);
      children.clear();
    },
  };
}
