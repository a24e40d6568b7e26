import { invalid } from '@shared/api/field-errors.ts';
import { ApiError, type FieldError } from '@shared/api/status.ts';
import { nodeKind } from '@shared/kinds/core/node/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { secretKind } from '@shared/kinds/core/secret/kind.ts';
import type { Pod, TokenRequest } from '@shared/kinds/wire.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { JsonObject, Unchecked } from '@shared/lib/types.ts';
import { findStored } from '../admission/lookup.ts';
import { mountedTokenSeconds } from '../admission/service-account.ts';
import type { TokenRequestFacts } from '../auth/tokens.ts';
import type { ServerContext } from '../context.ts';
import { objectOf } from '../objects.ts';
import { admitView } from '../registry/admit-view.ts';
import { badRequest, conflict } from '../registry/errors.ts';
import { writeOptions } from '../registry/query.ts';
import { getEntry } from '../registry/read.ts';
import { gvkOf, madeObject, sentObject, tokenRequestKind } from '../registry/unserved-kinds.ts';
import { methodNotAllowed, type ResourceRoute } from '../routes.ts';
import type { Subresource } from './subresources.ts';

const typeMeta = { kind: 'TokenRequest', apiVersion: 'authentication.k8s.io/v1' };
const defaultSeconds = 3600;
const minSeconds = 600;
const maxSeconds = 2 ** 32;
const yearSeconds = 365 * 24 * 3600;

/** `/token`: a token for a service account, bound to the pod, secret or node it is asked for. */
export const serviceAccountToken: Subresource = {
  resource: 'serviceaccounts',
  name: 'token',
  async handle(server, request, route) {
    if (route.verb !== 'create') throw methodNotAllowed();
    const options = writeOptions(request, 'create');
    const sent = await sentObject<TokenRequest>(server, request, tokenRequestKind, options);
    const account = objectOf(await getEntry(server, route));
    const creationTimestamp = rfc3339(server.clock.now());
    const { namespace, name } = route;
    const { defaultAudience } = server.tokens;
    const admitted = await admitView(server, route, {
      options,
      view: {
        operation: 'CREATE',
        kind: gvkOf(tokenRequestKind),
        object: sent,
        oldObject: null,
      },
      settle(object) {
        const made = madeObject<TokenRequest>(server, tokenRequestKind, object, options);
        return settledRequest(made, {
          namespace,
          name,
          creationTimestamp,
          defaultAudience,
        }) as unknown as JsonObject;
      },
    });
    const { spec } = admitted as unknown as SettledRequest;
    const facts: TokenRequestFacts = {
      namespace,
      serviceAccount: { name, uid: account.metadata.uid ?? '' },
      ...(await boundObject(server, route, spec.boundObjectRef)),
      audiences: spec.audiences,
      expirationSeconds: spec.expirationSeconds,
    };
    const issuedMs = server.clock.now();
    const token = await server.tokens.issue(lastingLonger(facts, defaultAudience));
    const status = { token, expirationTimestamp: rfc3339(issuedMs + spec.expirationSeconds * 1000) };
    return { type: 'object', code: 201, value: { ...admitted, status } };
  },
};

/**
 * Programs that read the token of their pod once, when they start, go on for a year: it is not told. Source:
 * Kubernetes, `--service-account-extend-token-expiration`.
 */
function lastingLonger(facts: TokenRequestFacts, ownAudience: string): TokenRequestFacts {
  const { expirationSeconds, audiences, pod } = facts;
  const isMounted = pod && expirationSeconds === mountedTokenSeconds;
  if (!isMounted || audiences.some((audience) => audience !== ownAudience)) return facts;
  return { ...facts, expirationSeconds: yearSeconds, warnAfterSeconds: expirationSeconds };
}

type SentRequest = Unchecked<TokenRequest>;
type SettledRequest = SentRequest & { readonly spec: SettledSpec };
type SettledSpec = NonNullable<SentRequest['spec']> & {
  readonly audiences: readonly string[];
  readonly expirationSeconds: number;
};

interface TokenPlace {
  readonly namespace: string;
  readonly name: string;
  readonly creationTimestamp: string;
  readonly defaultAudience: string;
}

/** What was sent, completed and checked. Source: Kubernetes, `TokenREST.Create`. */
function settledRequest(sent: SentRequest, { defaultAudience, ...place }: TokenPlace): SettledRequest {
  const { metadata, spec } = sent;
  const { namespace, name } = place;
  if (metadata?.name && metadata.name !== name)
    throw badRequest(
      `the name of the object (${metadata.name}) does not match the name on the URL (${name})`,
    );
  if (metadata?.namespace && metadata.namespace !== namespace)
    throw badRequest('the namespace of the provided object does not match the namespace sent on the request');
  const audiences = spec?.audiences ?? [];
  const expirationSeconds = spec?.expirationSeconds ?? defaultSeconds;
  checkSpec(expirationSeconds);
  return {
    ...typeMeta,
    metadata: { ...metadata, ...place } as never,
    spec: {
      ...spec,
      audiences: audiences.length > 0 ? audiences : [defaultAudience],
      expirationSeconds,
    },
  };
}

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
  const { apiVersion = 'v1', kind: kindName = '', name = '' } = reference;
  const kinds = { Pod: podKind, Secret: secretKind, Node: nodeKind } as const;
  const kind = apiVersion === 'v1' ? kinds[kindName as keyof typeof kinds] : undefined;
  if (!kind) {
    const version = apiVersion.includes('/') ? apiVersion : `/${apiVersion}`;
    throw badRequest(`cannot bind token to object of type ${version}, Kind=${kindName}`);
  }
  const object = objectOf(
    await getEntry(server, { kind, namespace: kind.namespaced ? route.namespace : '', name }),
  );
  if (kind === podKind && (object as Unchecked<Pod>).spec?.serviceAccountName !== route.name) {
    throw badRequest(
      `cannot bind token for serviceaccount ${JSON.stringify(route.name)} to pod running with different serviceaccount name.`,
    );
  }
  const uid = object.metadata.uid ?? '';
  if (reference.uid && reference.uid !== uid) {
    throw conflict(
      { ...kind, plural: kindName },
      name,
      `the UID in the bound object reference (${reference.uid}) does not match the UID in record. The object might have been deleted and then recreated`,
    );
  }
  if (kind === nodeKind) return { node: { name, uid } };
  if (kind === secretKind) return { secret: { name, uid } };
  const { nodeName } = (object as Unchecked<Pod>).spec ?? {};
  return { pod: { name, uid }, ...(nodeName && { node: await nodeOf(server, nodeName) }) };
}

/** Without a uid when there is no such node: the name tells something anyway. */
async function nodeOf(server: ServerContext, name: string): Promise<NonNullable<TokenRequestFacts['node']>> {
  const uid = (await findStored(server, nodeKind, { name }))?.metadata?.uid;
  return { name, ...(uid && { uid }) };
}
