import { compareVersions } from '@shared/api/discovery.ts';
import type { KubeObject } from '@shared/api/meta.ts';
import { customResourceDefinitionKind } from '@shared/kinds/apiextensions/custom-resource-definition/kind.ts';
import {
  type Crd,
  type CrdVersion,
  isConditionTrue,
  schemaOf,
} from '@shared/kinds/apiextensions/custom-resource-definition/names.ts';
import { columnsOf } from '@shared/kinds/apiextensions/printer-columns.ts';
import { type AnyKind, defineKind } from '@shared/kinds/define.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { Cluster } from './cluster.ts';
import type { Readable } from './readable.ts';
import type { Snapshot } from './watch-store.ts';
import { kinds as builtinKinds } from './window-kinds.ts';

/** The kinds of one cluster, custom ones included. */
export interface ClusterKinds {
  readonly kinds: readonly AnyKind[];
  /** What the cluster defines itself is known; until then a kind that is missing may yet turn up. */
  readonly isComplete: boolean;
  /** Changes with every change of a definition, its schema too. */
  readonly revision: string;
}

/** What definitions that are served make of themselves in the window: their best version, by group and kind. */
export function customKindsOf(definitions: readonly Crd[]): readonly AnyKind[] {
  return definitions
    .flatMap((crd) => {
      const version = isConditionTrue(crd, 'Established') ? bestVersion(crd) : undefined;
      return version ? [kindOf(crd, version)] : [];
    })
    .sort((a, b) => compare(a.group, b.group) || compare(a.kind, b.kind));
}

const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);

function bestVersion({ spec }: Crd): CrdVersion | undefined {
  return spec.versions
    .filter(({ served }) => served)
    .toSorted((a, b) => compareVersions(a.name, b.name))
    .at(0);
}

function kindOf(crd: Crd, version: CrdVersion): AnyKind {
  const { group, names, scope } = crd.spec;
  return defineKind<KubeObject>({
    group,
    version: version.name,
    kind: names.kind,
    plural: names.plural,
    singular: names.singular ?? names.kind.toLowerCase(),
    shortNames: names.shortNames ?? [],
    categories: names.categories ?? [],
    namespaced: scope === 'Namespaced',
    schema: '',
    hasGeneration: true,
    hasStatus: version.subresources?.status !== undefined,
    columns: columnsOf(version),
    view: {
      section: 'custom',
      title: titleOf(names.plural, names.kind),
      purpose: schemaOf(version)?.description ?? `Objects of ${names.plural}.${group}.`,
    },
  }) as AnyKind;
}

/** `CronTab`, `crontabs` → `Cron tabs`, as built-in kinds are called. */
function titleOf(plural: string, kind: string): string {
  const words = kind.replace(/([a-z\d])([A-Z])/g, '$1 $2').replace(/([A-Z])([A-Z][a-z])/g, '$1 $2');
  const ending = plural.toLowerCase().startsWith(kind.toLowerCase()) ? plural.slice(kind.length) : undefined;
  if (ending === undefined) return plural.charAt(0).toUpperCase() + plural.slice(1);
  const [first = '', ...rest] = words.split(' ');
  return (
    [first, ...rest.map((word) => (/^[A-Z]+$/.test(word) ? word : word.toLowerCase()))].join(' ') + ending
  );
}

/** The kinds of a cluster as they come and go; a new value when a definition has changed. */
export function followKinds(cluster: Pick<Cluster, 'watch'>): Readable<ClusterKinds> {
  const definitions = cluster.watch({ kind: customResourceDefinitionKind }) as Readable<Snapshot<KubeObject>>;
  let seen: readonly DeepReadonly<KubeObject>[] | undefined;
  let shape = '';
  let value: ClusterKinds = { kinds: builtinKinds, isComplete: false, revision: '' };
  return {
    subscribe: definitions.subscribe,
    get() {
      const { objects, synced, error } = definitions.get();
      const isComplete = synced || error !== undefined;
      if (objects === seen && isComplete === value.isComplete) return value;
      seen = objects;
      const crds = objects as readonly unknown[] as readonly Crd[];
      const custom = JSON.stringify(
        crds.map(({ metadata, status }) => [metadata?.uid, metadata?.generation, status?.conditions]),
      );
      if (custom === shape && isComplete === value.isComplete) return value;
      const kinds = custom === shape ? value.kinds : [...builtinKinds, ...customKindsOf(crds)];
      shape = custom;
      value = { kinds, isComplete, revision: shape };
      return value;
    },
  };
}
