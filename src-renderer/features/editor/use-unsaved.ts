import { useBlocker } from '@tanstack/react-router';

/** Asks before a page with unsaved text is left, whichever way. */
export function useUnsaved(unsaved: boolean): void {
  useBlocker({
    shouldBlockFn: ({ current, next }) => {
      const stays = current.pathname === next.pathname && sameTab(current.search, next.search);
      return unsaved && !stays && !window.confirm('What you wrote is not saved. Leave it behind?');
    },
    enableBeforeUnload: unsaved,
  });
}

function sameTab(a: object, b: object): boolean {
  return ('tab' in a ? a.tab : undefined) === ('tab' in b ? b.tab : undefined);
}
