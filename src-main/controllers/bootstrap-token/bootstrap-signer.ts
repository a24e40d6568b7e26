import { defineController } from '@shared/controller/define.ts';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { secretKind } from '@shared/kinds/core/secret/kind.ts';
import type { ConfigMap, Secret } from '@shared/kinds/wire.ts';
import { jsonEqual } from '@shared/lib/json.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { isToken, readToken, tokenNamespace } from './token-secret.ts';

const place = { namespace: 'kube-public', name: 'cluster-info' };
const signaturePrefix = 'jws-kubeconfig-';

/**
 * Signs the kubeconfig in the ConfigMap `cluster-info` of kube-public with every bootstrap token that may sign, so
 * that whoever holds a token can trust what he reads there without knowing the cluster's CA.
 */
export const bootstrapSigner = defineController({
  name: 'bootstrap-signer',
  for: configMapKind,
  watches: [
    {
      kind: secretKind,
      keysFor: (secret: DeepReadonly<Secret>) => (readToken(secret) ? [place] : []),
    },
  ],
  whole: [
    { kind: configMapKind, isWhole: ({ metadata }) => metadata?.name === place.name },
    { kind: secretKind, isWhole: isToken },
  ],
  async reconcile({ namespace, name }, { client, clock, informer }) {
    if (namespace !== place.namespace || name !== place.name) return undefined;
    const info = informer(configMapKind).get(namespace, name);
    if (!info) return undefined;
    const tokens = informer(secretKind)
      .list()
      .filter((secret) => secret.metadata?.namespace === tokenNamespace)
      .flatMap((secret) => readToken(secret) ?? [])
      .filter(({ signs, endsMs }) => signs && (endsMs === undefined || endsMs > clock.now()));
    const data = await signedData(info, tokens);
    if (!jsonEqual(data, { ...info.data })) await client.update(configMapKind, { ...info, data });
    return undefined;
  },
});

async function signedData(
  info: DeepReadonly<ConfigMap>,
  tokens: readonly { readonly id: string; readonly secret: string }[],
): Promise<Record<string, string>> {
  const kept = Object.entries(info.data ?? {}).filter(([key]) => !key.startsWith(signaturePrefix));
  const kubeconfig = info.data?.kubeconfig;
  if (kubeconfig === undefined) return Object.fromEntries(kept);
  const signatures = await Promise.all(
    tokens.map(
      async ({ id, secret }) =>
        [`${signaturePrefix}${id}`, await detachedSignature(kubeconfig, id, `${id}.${secret}`)] as const,
    ),
  );
  return Object.fromEntries([...kept, ...signatures]);
}

/** A JWS (RFC 7515, HS256) without its payload: `header..signature`. */
async function detachedSignature(payload: string, kid: string, token: string): Promise<string> {
  const utf8 = new TextEncoder();
  const header = base64url(utf8.encode(JSON.stringify({ alg: 'HS256', kid })));
  const algorithm = { name: 'HMAC', hash: 'SHA-256' };
  const key = await crypto.subtle.importKey('raw', utf8.encode(token), algorithm, false, ['sign']);
  const input = utf8.encode(`${header}.${base64url(utf8.encode(payload))}`);
  return `${header}..${base64url(new Uint8Array(await crypto.subtle.sign('HMAC', key, input)))}`;
}

function base64url(bytes: Uint8Array): string {
  return btoa(String.fromCharCode(...bytes))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/, '');
}
