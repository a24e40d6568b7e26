import { isDnsSubdomain } from '@shared/api/names.ts';
import type { Attributes } from './authorizer.ts';
import type { WantedIdentity } from './impersonation-headers.ts';
import { parseServiceAccount, privilegedGroup } from './users.ts';

/** Somebody wants to make a request as somebody else. */
export interface Wish {
  readonly wanted: WantedIdentity;
  /** Set when that is a service account. */
  readonly account: { readonly namespace: string; readonly name: string } | undefined;
  /** The request, by who sent it. */
  readonly attributes: Attributes;
}

/** A part of the other identity that takes permission; `never` says why none helps. */
export interface IdentityPart {
  readonly group: string;
  readonly resource: string;
  readonly name?: string;
  readonly namespace?: string;
  readonly subresource?: string;
  readonly never?: string;
}

/** One way to be allowed to impersonate. */
export interface ImpersonationMode {
  /** Undefined: for every request, as Kubernetes always had it. */
  readonly name?: 'associated-node' | 'arbitrary-node' | 'serviceaccount' | 'user-info';
  /** Whether the mode is one for whom is wanted. */
  fits(wish: Wish): boolean;
  /** What is to be allowed, in order. */
  targets(wish: Wish): readonly IdentityPart[];
}

const authentication = 'authentication.k8s.io';
const nodePrefix = 'system:node:';
const nodeNameKey = 'authentication.kubernetes.io/node-name';
const pathPattern = /^[A-Za-z0-9/\-._~%!$&'()*+,;=:]+$/;

/** In the order they are tried. Nodes and accounts are who they are: more than their name cannot be asked for. */
export const impersonationModes: readonly ImpersonationMode[] = [
  {
    name: 'associated-node',
    fits: (wish) => isBare(wish) && runsOn(wish) === nodeNameOf(wish.wanted),
    // Whichever node it is: an account has pods on many, and each is one of its own.
    targets: () => [{ group: authentication, resource: 'nodes', name: '*' }],
  },
  {
    name: 'arbitrary-node',
    fits: (wish) => isBare(wish) && nodeNameOf(wish.wanted) !== undefined,
    targets: ({ wanted }) => [{ group: authentication, resource: 'nodes', name: nodeNameOf(wanted) ?? '' }],
  },
  {
    name: 'serviceaccount',
    fits: (wish) => isBare(wish) && wish.account !== undefined,
    targets: ({ account }) => [{ group: authentication, resource: 'serviceaccounts', ...account }],
  },
  {
    name: 'user-info',
    fits: ({ wanted, account }) => nodeNameOf(wanted) === undefined && account === undefined,
    targets: ({ wanted }) => [
      { group: authentication, resource: 'users', name: wanted.name },
      ...uidPart(wanted),
      ...wanted.groups.map((name) => ({
        group: authentication,
        resource: 'groups',
        name,
        ...neverGroup(name),
      })),
      ...extraParts(wanted, neverExtra),
    ],
  },
  {
    fits: () => true,
    targets: ({ wanted, account }) => [
      account
        ? { group: '', resource: 'serviceaccounts', ...account }
        : { group: '', resource: 'users', name: wanted.name },
      ...uidPart(wanted),
      ...wanted.groups.map((name) => ({ group: '', resource: 'groups', name })),
      ...extraParts(wanted),
    ],
  },
];

function uidPart({ uid }: WantedIdentity): IdentityPart[] {
  return uid === '' ? [] : [{ group: authentication, resource: 'uids', name: uid }];
}

function extraParts(
  { extra }: WantedIdentity,
  never: (key: string, value: string) => string | undefined = () => undefined,
): IdentityPart[] {
  return Object.entries(extra).flatMap(([key, values]) =>
    values.map((value) => {
      const why = never(key, value);
      const part = { group: authentication, resource: 'userextras', subresource: key, name: value };
      return why === undefined ? part : { ...part, never: why };
    }),
  );
}

function neverGroup(name: string): { readonly never?: string } {
  if (name === '') return { never: 'impersonating the empty string group is not allowed' };
  if (name === privilegedGroup) return { never: `impersonating the ${privilegedGroup} group is not allowed` };
  return {};
}

function neverExtra(key: string, value: string): string | undefined {
  if (value === '') return 'impersonating the empty string value in extra is not allowed';
  if (key !== key.toLowerCase())
    return `impersonating a non-lowercase key in extra is not allowed: ${JSON.stringify(key)}`;
  const slash = key.indexOf('/');
  const isPath = slash > 0 && isDnsSubdomain(key.slice(0, slash)) && pathPattern.test(key.slice(slash + 1));
  return isPath
    ? undefined
    : `impersonating an invalid key in extra is not allowed: extra.key: Invalid value: ${JSON.stringify(key)}: must be a domain-prefixed path (such as "acme.io/foo")`;
}

/** Nothing but a name is wanted. */
function isBare({ wanted: { uid, groups, extra } }: Wish): boolean {
  return uid === '' && groups.length === 0 && Object.keys(extra).length === 0;
}

function nodeNameOf({ name }: WantedIdentity): string | undefined {
  const node = name.startsWith(nodePrefix) ? name.slice(nodePrefix.length) : '';
  return isDnsSubdomain(node) ? node : undefined;
}

/** The node of the pod whose account asks; `null` when that is not known, which is no node's name. */
function runsOn({ attributes: { user } }: Wish): string | null {
  const [node, ...others] = user.extra?.[nodeNameKey] ?? [];
  if (node === undefined || node === '' || others.length > 0) return null;
  return parseServiceAccount(user.name) ? node : null;
}
