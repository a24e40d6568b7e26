import { parseApiVersion } from '@shared/api/meta.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import { kinds as builtinKinds } from '../data/window-kinds.ts';
import type { AnyObject } from './list-model.ts';

/** `core` stands for the empty group and `-` for the missing namespace in the window's addresses. */
export function groupParam(group: string): string {
  return group === '' ? 'core' : group;
}

/** The kind an address names; undefined for one no cluster here serves. */
export function kindFromParams(
  params: { group: string; plural: string },
  kinds: readonly AnyKind[],
): AnyKind | undefined {
  const group = params.group === 'core' ? '' : params.group;
  return kinds.find((kind) => kind.group === group && kind.plural === params.plural);
}

/** The kind of an owner reference, an event's subject or a manifest; without `kinds`, of the built-in ones. */
export function kindOf(
  reference: {
    readonly apiVersion?: string | undefined;
    readonly kind?: string | undefined;
  },
  kinds: readonly AnyKind[] = builtinKinds,
): AnyKind | undefined {
  const { group } = parseApiVersion(reference.apiVersion ?? '');
  return kinds.find((kind) => kind.kind === reference.kind && kind.group === group);
}

export interface ObjectParams {
  readonly cluster: string;
  readonly group: string;
  readonly plural: string;
  readonly namespace: string;
  readonly name: string;
}

/** Route parameters of an object's page. */
export function objectParams(
  cluster: string,
  kind: AnyKind,
  ref: { namespace?: string | undefined; name: string },
): ObjectParams {
  return {
    cluster,
    group: groupParam(kind.group),
    plural: kind.plural,
    namespace: kind.namespaced ? (ref.namespace ?? 'default') : '-',
    name: ref.name,
  };
}

/** The address of an object's page, for plain links where thousands of router links would cost too much. */
export function objectHref(
  cluster: string,
  kind: AnyKind,
  ref: { namespace?: string | undefined; name: string },
): string {
  const { group, plural, namespace, name } = objectParams(cluster, kind, ref);
  return `#/c/${[cluster, 'r', group, plural, namespace, name].map(encodeURIComponent).join('/')}`;
}

export function refOfObject(object: AnyObject): { namespace: string | undefined; name: string } {
  return { namespace: object.metadata?.namespace, name: object.metadata?.name ?? '' };
}

/** Words for an object in dialogs and toasts: `pod web-1 in shop`. */
export function nameOfObject(kind: AnyKind, ref: { namespace?: string | undefined; name: string }): string {
  const where = kind.namespaced && ref.namespace ? ` in ${ref.namespace}` : '';
  return `${kind.kind} ${ref.name}${where}`;
}
