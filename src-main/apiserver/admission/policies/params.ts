import { type LabelSelectorLike, labelMatcherOf } from '@shared/api/selectors.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import type { ValidatingAdmissionPolicy, ValidatingAdmissionPolicyBinding } from '@shared/kinds/wire.ts';
import type { DeepReadonly, JsonObject } from '@shared/lib/types.ts';
import type { ServerContext } from '../../context.ts';
import { objectOf, storeKey, storePrefix } from '../../objects.ts';
import { viewEntries, viewEntry } from '../../registry/versions.ts';

export type ParamKind = NonNullable<
  NonNullable<DeepReadonly<ValidatingAdmissionPolicy>['spec']>['paramKind']
>;
export type ParamRef = NonNullable<
  NonNullable<DeepReadonly<ValidatingAdmissionPolicyBinding>['spec']>['paramRef']
>;

/** A policy or a binding cannot be used as it stands: the failure policy decides. */
export class ConfigurationError extends Error {
  override readonly name = 'ConfigurationError';
}

export interface ParamQuestion {
  readonly paramKind: ParamKind | undefined;
  readonly paramRef: ParamRef | undefined;
  /** Of the request; '' for cluster-scoped objects. */
  readonly namespace: string;
}

/**
 * The objects a policy is parametrized with for a binding, each to be judged by; null: it is judged without. Rejects
 * with ConfigurationError. Source: apiserver, `CollectParams`.
 */
export async function collectParams(
  server: ServerContext,
  { paramKind, paramRef, namespace }: ParamQuestion,
): Promise<readonly (JsonObject | null)[]> {
  if (!paramKind || !paramRef) return [null];
  const kind = checkParamKind(server, paramKind);
  const place = placeOf(kind, paramRef, namespace);
  const params = paramRef.name
    ? await named(server, kind, { namespace: place, name: paramRef.name })
    : await selected(server, kind, { namespace: place, selector: paramRef.selector });
  if (params.length === 0 && paramRef.parameterNotFoundAction === 'Deny')
    throw new ConfigurationError('no params found for policy binding with `Deny` parameterNotFoundAction');
  return params;
}

/** Throws ConfigurationError when there is no such kind. */
export function checkParamKind(server: Pick<ServerContext, 'kinds'>, paramKind: ParamKind): AnyKind {
  const kind = kindOf(server, paramKind);
  if (kind) return kind;
  const name = `${paramKind.apiVersion}, Kind=${paramKind.kind}`;
  throw new ConfigurationError(`failed to find resource referenced by paramKind: '${name}'`);
}

export function kindOf(server: Pick<ServerContext, 'kinds'>, paramKind: ParamKind): AnyKind | undefined {
  const { apiVersion = '', kind } = paramKind;
  const slash = apiVersion.indexOf('/');
  const group = slash < 0 ? '' : apiVersion.slice(0, slash);
  const version = apiVersion.slice(slash + 1);
  return server.kinds.all.find(
    (one) => one.stored && one.group === group && one.version === version && one.kind === kind,
  );
}

function placeOf(kind: AnyKind, paramRef: ParamRef, namespace: string): string {
  if (!kind.namespaced) {
    if (paramRef.namespace)
      throw new ConfigurationError(
        'paramRef.namespace must not be provided for a cluster-scoped `paramKind`',
      );
    return '';
  }
  const place = paramRef.namespace || namespace;
  if (place === '')
    throw new ConfigurationError(
      'cannot use namespaced paramRef in policy binding that matches cluster-scoped resources',
    );
  return place;
}

async function named(
  server: ServerContext,
  kind: AnyKind,
  { namespace, name }: { readonly namespace: string; readonly name: string },
): Promise<readonly JsonObject[]> {
  const entry = await server.store.get(storeKey(kind, namespace, name));
  return entry ? [(await viewEntry(kind, entry)).value] : [];
}

async function selected(
  server: ServerContext,
  kind: AnyKind,
  { namespace, selector }: { readonly namespace: string; readonly selector: ParamRef['selector'] },
): Promise<readonly JsonObject[]> {
  const matcher = labelMatcherOf(selector as LabelSelectorLike | undefined);
  const { entries } = await server.store.range(storePrefix(kind, namespace));
  const wanted = entries.filter((entry) => matcher.matches(objectOf(entry).metadata.labels));
  return (await viewEntries(kind, wanted)).map(({ value }) => value);
}
