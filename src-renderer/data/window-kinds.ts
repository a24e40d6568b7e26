import type { AnyKind } from '@shared/kinds/define.ts';
import { kinds as allKinds } from '@shared/kinds/index.ts';

/**
 * The kinds that the window shows. Left out are kinds that have no objects to list: mere answers, and further
 * versions of a kind that is shown already.
 */
export const kinds: readonly AnyKind[] = allKinds.filter(
  ({ stored, conversion, verbs }) => stored && !conversion && verbs.includes('list'),
);
