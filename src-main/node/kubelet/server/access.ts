import { createHash } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import type { TLSSocket } from 'node:tls';
import type { Client } from '@shared/client/client.ts';
import { tokenReviewKind } from '@shared/kinds/authentication/token-review/kind.ts';
import { subjectAccessReviewKind } from '@shared/kinds/authorization/subject-access-review/kind.ts';
import type { SubjectAccessReview, TokenReview } from '@shared/kinds/wire.ts';
import type { Clock } from '@shared/lib/clock.ts';
import { Remembered } from '@shared/lib/remembered.ts';
import { HttpError } from './http-error.ts';

/** Who asks, as authentication has found out. */
export interface KubeletUser {
  readonly username: string;
  readonly uid?: string;
  readonly groups: readonly string[];
  readonly extra?: Record<string, string[]>;
}

export interface AccessOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly nodeName: string;
}

/** The API server, and administrators: they may do everything, also while no API answers. */
const trusted = { users: ['kube-apiserver-kubelet-client'], groups: ['system:masters'] };

/**
 * How long answers of the API are believed; those of a kubelet's default configuration. A stranger may be known soon: he
 * is asked for anew after a few seconds, so that whoever tries over and over costs the API little.
 */
export const believedMs = { token: 120_000, stranger: 10_000, allowed: 300_000, denied: 30_000 };

const verbs: Readonly<Record<string, string>> = {
  GET: 'get',
  HEAD: 'get',
  POST: 'create',
  PUT: 'update',
  PATCH: 'patch',
  DELETE: 'delete',
};

/**
 * Who may use the kubelet's own API: whoever may `get` (or `create`, …) the subresource of this node that stands
 * for the path, by a client certificate of the cluster or a bearer token, as the API server says (TokenReview,
 * SubjectAccessReview). https://kubernetes.io/docs/reference/access-authn-authz/kubelet-authn-authz/
 */
export class KubeletAccess {
  readonly #options: AccessOptions;
  readonly #tokens: Remembered<KubeletUser | undefined>;
  readonly #decisions: Remembered<boolean>;

  constructor(options: AccessOptions) {
    this.#options = options;
    this.#tokens = new Remembered(options.clock);
    this.#decisions = new Remembered(options.clock);
  }

  /** Throws {@link HttpError}: 401 for strangers, 403 for those who may not, 500 when nobody can tell. */
  async require(message: IncomingMessage, path: string): Promise<void> {
    const user = certificateUser(message) ?? (await this.#tokenUser(message));
    if (!user) throw new HttpError(401, 'Unauthorized');
    if (isTrusted(user)) return;
    const verb = isUpgrade(message) ? 'create' : (verbs[message.method ?? 'GET'] ?? '');
    const subresources = subresourcesOf(path);
    for (const subresource of subresources) if (await this.#isAllowed(user, verb, subresource)) return;
    const asked = `user=${user.username}, verb=${verb}, resource=nodes, subresource(s)=[${subresources.join(' ')}]`;
    throw new HttpError(403, `Forbidden (${asked})\n`);
  }

  /** For what is the control plane's alone. */
  requireTrusted(message: IncomingMessage): void {
    const user = certificateUser(message);
    if (!user) throw new HttpError(401, 'Unauthorized');
    if (!isTrusted(user)) throw new HttpError(403, `Forbidden (user=${user.username})\n`);
  }

  async #tokenUser(message: IncomingMessage): Promise<KubeletUser | undefined> {
    const token = /^Bearer (\S+)$/i.exec(message.headers.authorization ?? '')?.[1];
    if (token === undefined) return undefined;
    const key = createHash('sha256').update(token).digest('base64');
    return this.#tokens.get(key, async () => {
      const { status } = await this.#options.client
        .create<TokenReview>(tokenReviewKind, {
          apiVersion: 'authentication.k8s.io/v1',
          kind: 'TokenReview',
          metadata: {},
          spec: { token },
        })
        .catch((cause: unknown) => {
          throw new HttpError(401, 'Unauthorized', { cause });
        });
      const { username, uid, groups = [], extra } = status?.user ?? {};
      const user =
        status?.authenticated === true && username !== undefined
          ? { username, groups, ...(uid !== undefined && { uid }), ...(extra && { extra: { ...extra } }) }
          : undefined;
      return { value: user, forMs: user ? believedMs.token : believedMs.stranger };
    });
  }

  #isAllowed(user: KubeletUser, verb: string, subresource: string): Promise<boolean> {
    const key = JSON.stringify([user, verb, subresource]);
    return this.#decisions.get(key, async () => {
      const { username, groups, ...rest } = user;
      const { nodeName, client } = this.#options;
      const review = {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        metadata: {},
        spec: {
          user: username,
          groups,
          ...rest,
          resourceAttributes: { verb, version: 'v1', resource: 'nodes', subresource, name: nodeName },
        },
      };
      const { status } = await client
        .create<SubjectAccessReview>(subjectAccessReviewKind, review)
        .catch((cause: unknown) => {
          const asked = `user=${username}, verb=${verb}, resource=nodes, subresource=${subresource}`;
          throw new HttpError(500, `Authorization error (${asked})`, { cause });
        });
      const isAllowed = status?.allowed === true;
      return { value: isAllowed, forMs: isAllowed ? believedMs.allowed : believedMs.denied };
    });
  }
}

/**
 * Whoever opens a stream acts: a WebSocket begins with a GET, but who may only look must not run commands. Stricter
 * than a kubelet, which goes by the method alone.
 */
function isUpgrade({ headers }: IncomingMessage): boolean {
  return headers.upgrade !== undefined;
}

/** Whom a certificate of the cluster's authority names; undefined without one. */
function certificateUser(message: IncomingMessage): KubeletUser | undefined {
  const socket = message.socket as TLSSocket;
  if (!socket.authorized) return undefined;
  const { subject } = socket.getPeerCertificate();
  return {
    username: String(subject?.CN ?? ''),
    groups: [subject?.O ?? []].flat().concat('system:authenticated'),
  };
}

function isTrusted({ username, groups }: KubeletUser): boolean {
  return trusted.users.includes(username) || groups.some((group) => trusted.groups.includes(group));
}

/** Subresources of nodes any of which lets a path be used; the narrowest first. */
export function subresourcesOf(path: string): readonly string[] {
  const own: Readonly<Record<string, readonly string[]>> = {
    stats: ['stats'],
    metrics: ['metrics'],
    logs: ['log'],
    checkpoint: ['checkpoint'],
    pods: ['pods', 'proxy'],
    runningpods: ['pods', 'proxy'],
    healthz: ['healthz', 'proxy'],
    configz: ['configz', 'proxy'],
  };
  const root = path.split('/')[1] ?? '';
  return (Object.hasOwn(own, root) ? own[root] : undefined) ?? ['proxy'];
}
