import { secretKind } from '@shared/kinds/core/secret/kind.ts';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import type { Secret } from '@shared/kinds/wire.ts';
import { rfc3339 } from '@shared/lib/time.ts';
import type { Entry, Store } from '../../store/store.ts';
import { jsonOf, objectOf, storeKey } from '../objects.ts';
import type { KubernetesClaim } from './tokens.ts';

const tokenType = 'kubernetes.io/service-account-token';
const invalidSince = 'kubernetes.io/legacy-token-invalid-since';
const lastUsed = 'kubernetes.io/legacy-token-last-used';

/** What a token of a Secret says, in the words of its claims; undefined when it is none. */
export function legacyClaim(payload: Readonly<Record<string, unknown>>): KubernetesClaim | undefined {
  const fact = (name: string) => {
    const value = payload[`kubernetes.io/serviceaccount/${name}`];
    return typeof value === 'string' ? value : '';
  };
  const [namespace, secret, name] = [fact('namespace'), fact('secret.name'), fact('service-account.name')];
  if (namespace === '' || secret === '' || name === '') return undefined;
  return {
    namespace,
    serviceaccount: { name, uid: fact('service-account.uid') },
    secret: { name: secret, uid: '' },
  };
}

/**
 * A token in a Secret holds as long as the Secret holds exactly this token and the account is the same. The day it was
 * last used is noted at the Secret. Source: Kubernetes, "Managing Service Accounts", legacy token tracking.
 */
export async function legacySecretHolds(
  { store, nowMs }: { readonly store: Store; readonly nowMs: number },
  { namespace, serviceaccount, secret }: KubernetesClaim,
  token: string,
): Promise<boolean> {
  const [account, holder] = await Promise.all([
    store.get(storeKey(serviceAccountKind, namespace, serviceaccount.name)),
    store.get(storeKey(secretKind, namespace, secret?.name ?? '')),
  ]);
  if (!account || !holder || objectOf(account).metadata.uid !== serviceaccount.uid) return false;
  const { data, metadata, type } = objectOf<Secret>(holder);
  if (metadata?.deletionTimestamp !== undefined || type !== tokenType) return false;
  if (data?.token !== Buffer.from(token).toString('base64')) return false;
  await noteUse(store, holder, rfc3339(nowMs).slice(0, 10));
  return metadata?.labels?.[invalidSince] === undefined;
}

/** Once a day; when somebody else changes the Secret at the same time, the next use will do. */
async function noteUse(store: Store, entry: Entry, day: string): Promise<void> {
  const { metadata } = objectOf(entry);
  if (metadata.labels?.[lastUsed] === day) return;
  const labels = { ...metadata.labels, [lastUsed]: day };
  const { key, modRevision } = entry;
  const value = jsonOf({ ...objectOf(entry), metadata: { ...metadata, labels } });
  await store.txn({ compare: [{ key, modRevision }], ops: [{ type: 'put', key, value }] });
}
