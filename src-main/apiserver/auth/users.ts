/** Every user who showed credentials that hold. */
export const allAuthenticated = 'system:authenticated';
/** Everybody else. */
export const allUnauthenticated = 'system:unauthenticated';
/** Members may do everything, whatever the roles say. */
export const privilegedGroup = 'system:masters';
export const anonymousName = 'system:anonymous';

const accountPrefix = 'system:serviceaccount:';

/** Name of the user that a service account is. */
export function serviceAccountUser(namespace: string, name: string): string {
  return `${accountPrefix}${namespace}:${name}`;
}

/** Groups that a service account is in. */
export function serviceAccountGroups(namespace: string): string[] {
  return ['system:serviceaccounts', `system:serviceaccounts:${namespace}`];
}

/** Inverse of {@link serviceAccountUser}; undefined for other users. */
export function parseServiceAccount(user: string): { namespace: string; name: string } | undefined {
  if (!user.startsWith(accountPrefix)) return undefined;
  const [namespace = '', name = '', ...rest] = user.slice(accountPrefix.length).split(':');
  return namespace === '' || name === '' || rest.length > 0 ? undefined : { namespace, name };
}
