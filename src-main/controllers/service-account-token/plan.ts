import type { Secret, ServiceAccount } from '@shared/kinds/wire.ts';
import { encodeBase64 } from '@shared/lib/base64.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';

const tokenType = 'kubernetes.io/service-account-token';
const nameAnnotation = 'kubernetes.io/service-account.name';
const uidAnnotation = 'kubernetes.io/service-account.uid';

/** The service account a token Secret is for; undefined for other Secrets. */
export function accountOf({ type, metadata }: DeepReadonly<Secret>): string | undefined {
  return type === tokenType ? metadata?.annotations?.[nameAnnotation] : undefined;
}

export type TokenAction =
  | { readonly do: 'nothing' }
  /** The account is gone, or another one of the same name. */
  | { readonly do: 'delete' }
  | {
      readonly do: 'fill';
      readonly data: Record<string, string>;
      readonly uid: string;
      readonly lacksToken: boolean;
    };

/** What a token Secret needs. `account` is undefined when there is none. */
export function planToken(
  secret: DeepReadonly<Secret>,
  account: DeepReadonly<ServiceAccount> | undefined,
  caCertificate: string,
): TokenAction {
  if (accountOf(secret) === undefined || secret.metadata?.deletionTimestamp !== undefined)
    return { do: 'nothing' };
  const uid = account?.metadata?.uid;
  const wantedUid = secret.metadata?.annotations?.[uidAnnotation] ?? '';
  if (uid === undefined || (wantedUid !== '' && wantedUid !== uid)) return { do: 'delete' };
  const data = {
    'ca.crt': encodeBase64(caCertificate),
    namespace: encodeBase64(secret.metadata?.namespace ?? ''),
  };
  const lacksToken = !secret.data?.token;
  const filled = Object.entries(data).every(([key, value]) => secret.data?.[key] === value);
  if (filled && !lacksToken && wantedUid === uid) return { do: 'nothing' };
  return { do: 'fill', data, uid, lacksToken };
}

/** The Secret with what it lacks. */
export function filledSecret(
  secret: DeepReadonly<Secret>,
  { data, uid }: { data: Record<string, string>; uid: string },
  token: string | undefined,
): DeepReadonly<Secret> {
  return {
    ...secret,
    metadata: { ...secret.metadata, annotations: { ...secret.metadata?.annotations, [uidAnnotation]: uid } },
    data: { ...secret.data, ...data, ...(token !== undefined && { token: encodeBase64(token) }) },
  };
}
