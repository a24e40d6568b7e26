import { applyJsonPatch } from '@shared/api/json-patch.ts';
import { applyMergePatch } from '@shared/api/merge-patch.ts';
import { formatLabelSelector } from '@shared/api/selectors.ts';
import { ApiError } from '@shared/api/status.ts';
import { ageColumn, nameColumn } from '@shared/kinds/columns.ts';
import type { AnyKind, Column, ScalePaths } from '@shared/kinds/define.ts';
import { checkNonNegative } from '@shared/kinds/validation.ts';
import type { Scale } from '@shared/kinds/wire.ts';
import { assert } from '@shared/lib/assert.ts';
import { isJsonObject } from '@shared/lib/json.ts';
import type { Json, JsonObject, Unchecked } from '@shared/lib/types.ts';
import type { SubresourceView } from '../admission/admission.ts';
import type { ServerContext, Target, WriteOptions } from '../context.ts';
import { type ApiObject, cloneJson, type DraftObject, jsonOf, objectOf } from '../objects.ts';
import { decodeObject, madeBody, objectBody, parseBody } from '../registry/body.ts';
import { badRequest, conflict } from '../registry/errors.ts';
import { applyTo, patchType } from '../registry/patch.ts';
import { writeOptions } from '../registry/query.ts';
import { getEntry } from '../registry/read.ts';
import { gvkOf, madeObject, scaleKind } from '../registry/unserved-kinds.ts';
import { updateObject } from '../registry/write.ts';
import { negotiate } from '../representation/negotiate.ts';
import type { ApiServerRequest } from '../request.ts';
import { methodNotAllowed, type ResourceRoute } from '../routes.ts';
import type { Subresource } from './subresources.ts';

/** `/scale`: the replica counts of any kind that says where it keeps them. */
export const scale: Subresource = {
  resource: '*',
  name: 'scale',
  async handle(server, request, route) {
    const paths = route.kind.scale;
    assert(paths, 'a scale route leads to a kind that scales');
    const kind = shownAs(route.kind);
    negotiate(request.accept, { kind });
    if (route.verb === 'get') {
      const value = scaleOf(objectOf(await getEntry(server, route)), paths);
      return { type: 'object', code: 200, kind, value: value as unknown as JsonObject };
    }
    if (route.verb !== 'update' && route.verb !== 'patch') throw methodNotAllowed();
    const { value, warnings } = await setScale(server, request, { ...route, paths });
    return { type: 'object', code: 200, kind, value: value as unknown as JsonObject, warnings };
  },
};

/** A Scale as a kind of its own, as tables and encodings need one. */
function shownAs(scaled: AnyKind): AnyKind {
  return { ...scaled, ...scaleKind, columns: [nameColumn(), ...countColumns, ageColumn()] };
}

const countColumns: readonly Column<Scale>[] = [
  {
    name: 'Desired',
    type: 'integer',
    description: 'How many replicas are wanted.',
    cell: ({ spec }) => spec?.replicas ?? 0,
  },
  {
    name: 'Available',
    type: 'integer',
    description: 'How many replicas there are.',
    cell: ({ status }) => status?.replicas ?? 0,
  },
];

async function setScale(
  server: ServerContext,
  request: ApiServerRequest,
  route: ResourceRoute & { paths: ScalePaths },
): Promise<{ value: Scale; warnings: readonly string[] }> {
  const options = writeOptions(request, route.verb === 'patch' ? 'patch' : 'update');
  const type = route.verb === 'patch' ? patchType(request.body) : undefined;
  const body = await parseBody(request.body, 'Scale');
  const scaleFrom = (value: unknown): Unchecked<Scale> => {
    const wanted = madeObject<Scale>(server, scaleKind, value, options);
    checkScale(wanted, route.name);
    return wanted;
  };
  const sent = type === undefined ? decodeObject(server, scaleKind, body, options) : undefined;
  const target: Target = { ...route, subresource: 'scale' };
  const response = await updateObject(server, target, options, (old) => {
    const current = scaleOf(old, route.paths) as unknown as JsonObject;
    const { metadata, spec } = scaleFrom(type === undefined ? sent : patched(type, current, body.value));
    const { replicas = 0 } = spec ?? {};
    const { resourceVersion } = metadata ?? {};
    if (resourceVersion && resourceVersion !== old.metadata.resourceVersion)
      throw conflict(route.kind, route.name);
    const draft =
      type === 'apply'
        ? appliedReplicas(server, target, { replicas, paths: route.paths, live: old }, options)
        : cloneJson<DraftObject>(old);
    setPath(draft, route.paths.specReplicas, replicas);
    const view: SubresourceView = {
      operation: 'UPDATE',
      kind: gvkOf(scaleKind),
      object: scaleOf(draft, route.paths) as unknown as JsonObject,
      oldObject: current,
      apply: (changed, object) =>
        setPath(changed, route.paths.specReplicas, scaleFrom(object).spec?.replicas ?? 0),
    };
    return { draft, view, managedFieldsDone: type === 'apply' };
  });
  const value = scaleOf(response.value as unknown as ApiObject, route.paths);
  return { value, warnings: response.warnings ?? [] };
}

/** The object with its replica count applied: the count belongs to whoever applies the Scale. */
function appliedReplicas(
  server: ServerContext,
  target: Target,
  { replicas, paths, live }: { replicas: number; paths: ScalePaths; live: ApiObject },
  options: WriteOptions,
): DraftObject {
  const applied: DraftObject = { apiVersion: live.apiVersion, kind: live.kind, metadata: {} };
  setPath(applied, paths.specReplicas, replicas);
  return cloneJson<DraftObject>(applyTo(server, target, { applied, live }, options));
}

function patched(type: string, current: JsonObject, value: unknown): Json {
  if (type === 'json') return applyJsonPatch(current, value);
  return applyMergePatch(current, objectBody(madeBody(value), 'patch'));
}

/** Checks a wanted scale of the object of that name. Throws 400 and 422. */
function checkScale({ metadata, spec }: Unchecked<Scale>, name: string): void {
  const { replicas = 0 } = spec ?? {};
  if (metadata?.name && metadata.name !== name) {
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  }
  const errors = checkNonNegative('spec.replicas', replicas);
  if (errors.length > 0) throw ApiError.invalid(scaleKind, name, errors);
}

function scaleOf(object: ApiObject, paths: ScalePaths): Scale {
  const json = jsonOf(object);
  const { name, namespace, uid, resourceVersion, creationTimestamp } = object.metadata;
  const selector = selectorText(path(json, paths.selector), paths);
  return {
    kind: 'Scale',
    apiVersion: 'autoscaling/v1',
    metadata: {
      ...(name && { name }),
      ...(namespace && { namespace }),
      ...(uid && { uid }),
      ...(resourceVersion && { resourceVersion }),
      ...(creationTimestamp && { creationTimestamp }),
    },
    spec: { replicas: countAt(json, paths.specReplicas) },
    status: {
      replicas: countAt(json, paths.statusReplicas),
      ...(selector !== undefined && { selector }),
    },
  };
}

/** A custom object may hold anything there. */
function countAt(object: JsonObject, dotted: string): number {
  const value = path(object, dotted);
  return typeof value === 'number' ? value : 0;
}

/** Undefined when the object selects by nothing. */
function selectorText(selector: Json | undefined, { selectorIs }: ScalePaths): string | undefined {
  if (selectorIs === 'text') return typeof selector === 'string' ? selector : undefined;
  if (!isJsonObject(selector)) return undefined;
  const labels = selectorIs === 'labels' ? { matchLabels: selector as Record<string, string> } : selector;
  return formatLabelSelector(labels);
}

function path(object: JsonObject, dotted: string): Json | undefined {
  let value: Json | undefined = object;
  for (const key of dotted.split('.')) value = isJsonObject(value) ? value[key] : undefined;
  return value;
}

function setPath(draft: DraftObject, dotted: string, value: number): void {
  const keys = dotted.split('.');
  const last = keys.pop();
  let object: Record<string, unknown> = draft;
  for (const key of keys) {
    const next = object[key] ?? {};
    object[key] = next;
    object = next as Record<string, unknown>;
  }
  if (last !== undefined) object[last] = value;
}
