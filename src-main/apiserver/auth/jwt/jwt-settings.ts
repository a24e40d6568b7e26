import type { UserInfo } from '../../request.ts';

export type Claims = Readonly<Record<string, unknown>>;

/** An issuer whose tokens hold, and how a user is made of their claims. */
export interface JwtSettings {
  /** `https://…`, exactly as in the tokens' `iss`. */
  readonly issuerUrl: string;
  /** Where the issuer describes itself; absent: below its URL. */
  readonly discoveryUrl?: string | undefined;
  /** PEM; absent: the system's authorities. */
  readonly ca?: string | undefined;
  /** A token is for one of them at least. */
  readonly audiences: readonly string[];
  readonly signingAlgorithms: readonly string[];
  /** The user claims describe; undefined when they lack what is required. */
  userOf(claims: Claims): UserInfo | undefined;
}

/** What the server remembers of the token itself. */
export function credentialOf({ jti }: Claims): Readonly<Record<string, readonly string[]>> {
  return typeof jti === 'string' ? { 'authentication.kubernetes.io/credential-id': [`JTI=${jti}`] } : {};
}

/** A claim that is a text or a list of texts; undefined when it is something else. */
export function textsOf(value: unknown): readonly string[] | undefined {
  if (value === undefined) return [];
  const list: readonly unknown[] = Array.isArray(value) ? value : [value];
  return list.every((item) => typeof item === 'string') ? (list as readonly string[]) : undefined;
}

/** Whether an address of the mail claim may be a name: unless the issuer says that nobody checked it. */
export function mayNameByMail(claim: string, { email_verified }: Claims): boolean {
  return claim !== 'email' || email_verified === undefined || email_verified === true;
}
