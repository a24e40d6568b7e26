import { isReason } from '@shared/api/status.ts';
import type { UserInfo } from '../request.ts';
import { type Attributes, type Authorizer, forbiddenResponse, resourceAttributes } from './authorizer.ts';
import { type HeaderSource, wantedIdentity } from './impersonation-headers.ts';
import { type ImpersonationMode, impersonationModes, type Wish } from './impersonation-modes.ts';
import {
  allAuthenticated,
  allUnauthenticated,
  anonymousName,
  parseServiceAccount,
  serviceAccountGroups,
} from './users.ts';

/** Names of users whose last mode is remembered; all are forgotten when one more comes. */
const maxRemembered = 1024;

/** Serves requests as whom their `Impersonate-*` headers name. */
export interface Impersonation {
  /** The user a request is to be served as. `attributes` is what it asks for, by who sent it. Throws 400 and 403. */
  become(source: HeaderSource, attributes: Attributes): Promise<UserInfo>;
}

/**
 * Impersonation takes permission: in the modes that allow it for certain requests (verbs `impersonate-on:<mode>:<verb>`
 * on what is asked for, and `impersonate:<mode>` on who is named), or for all of them (`impersonate`). The mode that a
 * user had last is tried first; a refusal is that of the first one tried.
 * Source: Kubernetes, "User impersonation", "Constrained impersonation".
 */
export function createImpersonation(authorizer: Authorizer): Impersonation {
  const lastModes = new Map<string, ImpersonationMode>();
  return {
    async become(source, attributes) {
      const wanted = wantedIdentity(source);
      if (!wanted) return attributes.user;
      const { user } = attributes;
      const wish: Wish = { wanted, account: parseServiceAccount(wanted.name), attributes };
      const last = lastModes.get(user.name);
      let refusal: unknown;
      for (const mode of last
        ? [last, ...impersonationModes.filter((other) => other !== last)]
        : impersonationModes) {
        if (!mode.fits(wish)) continue;
        try {
          await checkMode(mode, wish, authorizer);
        } catch (error) {
          if (!isReason(error, 'Forbidden')) throw error;
          refusal ??= error;
          continue;
        }
        if (lastModes.size >= maxRemembered) lastModes.clear();
        lastModes.set(user.name, mode);
        return impersonatedUser(mode, wish);
      }
      throw refusal;
    },
  };
}

async function checkMode(mode: ImpersonationMode, wish: Wish, authorizer: Authorizer): Promise<void> {
  const { attributes } = wish;
  const check = async (asked: Attributes) => {
    const { allowed, reason } = await authorizer.authorize(asked);
    if (!allowed) throw forbiddenResponse(asked, reason);
  };
  if (mode.name !== undefined)
    await check({ ...attributes, verb: `impersonate-on:${mode.name}:${attributes.verb}` });
  const verb = mode.name === undefined ? 'impersonate' : `impersonate:${mode.name}`;
  for (const target of mode.targets(wish)) {
    const asked = resourceAttributes(attributes.user, verb, target);
    if (target.never) throw forbiddenResponse(asked, target.never);
    await check(asked);
  }
}

function impersonatedUser({ name: mode }: ImpersonationMode, wish: Wish): UserInfo {
  const { name, uid, extra } = wish.wanted;
  const groups = groupsOf(mode, wish);
  const always = name === anonymousName ? allUnauthenticated : allAuthenticated;
  const known = groups.includes(allAuthenticated) || groups.includes(allUnauthenticated);
  return {
    name,
    groups: known ? groups : [...groups, always],
    ...(uid !== '' && { uid }),
    ...(Object.keys(extra).length > 0 && { extra }),
    impersonatedBy: wish.attributes.user,
    ...(mode !== undefined && { impersonationConstraint: `impersonate:${mode}` }),
  };
}

/** A service account is in the groups of all of them, a node in its own, unless others are asked for. */
function groupsOf(mode: ImpersonationMode['name'], { wanted, account }: Wish): readonly string[] {
  if (account && wanted.groups.length === 0) return serviceAccountGroups(account.namespace);
  return mode === 'associated-node' || mode === 'arbitrary-node' ? ['system:nodes'] : wanted.groups;
}
