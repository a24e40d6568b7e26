import { invalid } from '@shared/api/field-errors.ts';
import { ApiError, type FieldError } from '@shared/api/status.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { secretKind } from '@shared/kinds/core/secret/kind.ts';
import type { Pod, TokenRequest } from '@shared/kinds/wire.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { JsonObject, Unchecked } from '@shared/lib/types.ts';
import type { TokenRequestFacts } from '../auth/tokens.ts';
import type { ServerContext } from '../context.ts';
import { objectOf } from '../objects.ts';
import { objectBody, parseBody } from '../registry/body.ts';
import { conflict, forbidden } from '../registry/errors.ts';
import { writeOptions } from '../registry/query.ts';
import { getEntry } from '../registry/read.ts';
import { methodNotAllowed, type ResourceRoute } from '../routes.ts';
import { admitView } from './admit-connection.ts';
import type { Subresource } from './subresources.ts';

const tokenRequestKind = { group: 'authentication.k8s.io', kind: 'TokenRequest' };
const defaultSeconds = 3600;
const minSeconds = 600;
const maxSeconds = 2 ** 32;

/** `/token`: a token for a service account, bound to the pod, secret or node it is asked for. */
export const serviceAccountToken: Subresource = {
  resource: 'serviceaccounts',
  name: 'token',
  async handle(server, request, route) {
    if (route.verb !== 'create') throw methodNotAllowed();
    const options = writeOptions(request, 'create');
    const body = objectBody(
      await parseBody(request.body, 'TokenRequest'),
      'TokenRequest',
    ) as unknown as Unchecked<TokenRequest>;
    const account = objectOf(await getEntry(server, route));
    const expirationSeconds = body.spec?.expirationSeconds ?? defaultSeconds;
    checkSpec(expirationSeconds);
    const asked = body.spec?.audiences ?? [];
    const audiences = asked.length > 0 ? asked : [server.tokens.defaultAudience];
    const facts: TokenRequestFacts = {
      namespace: route.namespace,
      serviceAccount: { name: route.name, uid: account.metadata.uid ?? '' },
      ...(await boundObject(server, route, body.spec?.boundObjectRef)),
      audiences,
      expirationSeconds,
    };
    await checkNode(server, route, {
      user: options.user.name,
      groups: options.user.groups,
      pod: facts.pod?.name,
    });
    await admitView(server, route, options, {
      operation: 'CREATE',
      kind: { group: 'authentication.k8s.io', version: 'v1', kind: 'TokenRequest' },
      object: {
        kind: 'TokenRequest',
        apiVersion: 'authentication.k8s.io/v1',
        ...(body as unknown as JsonObject),
      },
      oldObject: null,
    });
    const { token, expiresAtMs } = await server.tokens.issue(facts);
    const { name, namespace } = account.metadata;
    const value = {
      kind: 'TokenRequest',
      apiVersion: 'authentication.k8s.io/v1',
      metadata: { name, namespace, creationTimestamp: rfc3339(server.clock.now()) },
      spec: {
        audiences,
        expirationSeconds,
        ...(body.spec?.boundObjectRef && { boundObjectRef: body.spec.boundObjectRef }),
      },
      status: { token, expirationTimestamp: rfc3339(expiresAtMs) },
    };
    return { type: 'object', code: 201, value: value as unknown as JsonObject };
  },
};

function checkSpec(expirationSeconds: number): void {
  const errors: FieldError[] = [];
  if (expirationSeconds < minSeconds)
    errors.push(
      invalid('spec.expirationSeconds', expirationSeconds, 'may not specify a duration less than 10 minutes'),
    );
  if (expirationSeconds > maxSeconds)
    errors.push(
      invalid(
        'spec.expirationSeconds',
        expirationSeconds,
        'may not specify a duration larger than 2^32 seconds',
      ),
    );
  if (errors.length > 0) throw ApiError.invalid(tokenRequestKind, '', errors);
}

type BoundRef = NonNullable<Unchecked<TokenRequest>['spec']>['boundObjectRef'];

/** The object the token dies with; its uid must be the one asked for. */
async function boundObject(
  server: ServerContext,
  route: ResourceRoute,
  reference: BoundRef,
): Promise<Partial<TokenRequestFacts>> {
  if (!reference) return {};
  const { apiVersion = 'v1', name = '' } = reference;
  const kinds = { Pod: podKind, Secret: secretKind, Node: nodeKind } as const;
  const kind = apiVersion === 'v1' ? kinds[reference.kind as keyof typeof kinds] : undefined;
  if (!kind) {
    throw ApiError.invalid(tokenRequestKind, route.name, [
      invalid('spec.boundObjectRef', `${apiVersion}, Kind=${reference.kind}`, 'cannot bind token to object'),
    ]);
  }
  const object = objectOf(
    await getEntry(server, { kind, namespace: kind.namespaced ? route.namespace : '', name }),
  );
  const uid = object.metadata.uid ?? '';
  if (reference.uid && reference.uid !== uid) {
    throw conflict(
      route.kind,
      route.name,
      `the UID in the bound object reference (${reference.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  if (kind === nodeKind) return { node: { name, uid } };
  if (kind === secretKind) return { secret: { name, uid } };
  const pod = object as Unchecked<Pod>;
  if (pod.spec?.serviceAccountName !== route.name) {
    throw ApiError.invalid(tokenRequestKind, route.name, [
      invalid(
        'spec.boundObjectRef',
        name,
        `cannot bind token for serviceaccount ${JSON.stringify(route.name)} to pod running with different serviceaccount name.`,
      ),
    ]);
  }
  const nodeName = pod.spec.nodeName;
  const node = nodeName ? await server.store.get(`/registry/nodes/${nodeName}`) : undefined;
  return {
    pod: { name, uid },
    ...(nodeName && node && { node: { name: nodeName, uid: objectOf(node).metadata.uid ?? '' } }),
  };
}

/** A node gets tokens only for pods that run on it. */
async function checkNode(
  server: ServerContext,
  route: ResourceRoute,
  caller: { user: string; groups: readonly string[]; pod: string | undefined },
): Promise<void> {
  if (!caller.groups.includes('system:nodes')) return;
  if (caller.pod === undefined)
    throw forbidden(route.kind, route.name, 'node requested token not bound to a pod');
  const pod = objectOf<Pod>(
    await getEntry(server, { kind: podKind, namespace: route.namespace, name: caller.pod }),
  );
  if (`system:node:${pod.spec?.nodeName}` !== caller.user) {
    throw forbidden(
      route.kind,
      route.name,
      'node requested token bound to a pod scheduled on a different node',
    );
  }
}
