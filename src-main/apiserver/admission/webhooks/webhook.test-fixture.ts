import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { mutatingWebhookConfigurationKind } from '@shared/kinds/admissionregistration/mutating-webhook-configuration/kind.ts';
import { validatingWebhookConfigurationKind } from '@shared/kinds/admissionregistration/validating-webhook-configuration/kind.ts';
import type { MutatingWebhookConfiguration } from '@shared/kinds/wire.ts';
import type { Json, JsonObject } from '@shared/lib/types.ts';
import { createAuthority, issueCertificate } from '../../../cluster/certificates.ts';
import type { TestCluster } from '../../../testing/cluster.ts';

/** What a webhook was asked. */
// biome-ignore lint/suspicious/noExplicitAny: tests look at objects of every kind
export type Asked = any;

export interface Answer {
  readonly allowed?: boolean;
  readonly status?: JsonObject;
  readonly warnings?: readonly string[];
  readonly auditAnnotations?: Readonly<Record<string, string>>;
  /** Made into base64; with `patchType`. */
  readonly patch?: readonly Json[];
  /** In place of everything else. */
  readonly raw?: JsonObject;
  readonly code?: number;
}

/** A webhook server of its own authority on 127.0.0.1. Paths answer what tests let them. */
export interface WebhookServer {
  readonly url: string;
  readonly caBundle: string;
  /** Every question so far: path and request. */
  readonly asked: { readonly path: string; readonly request: Asked }[];
  readonly connections: number;
  on(path: string, answer: (request: Asked) => Answer | Promise<Answer>): void;
  reset(): void;
  close(): Promise<void>;
}

export async function startWebhookServer(
  names: readonly string[] = ['localhost', 'hook.default.svc'],
): Promise<WebhookServer> {
  const authority = await createAuthority('webhooks', 1);
  const certificate = await issueCertificate(authority, {
    commonName: 'webhook',
    dnsNames: [...names],
    ips: ['127.0.0.1'],
    usages: ['server'],
    validDays: 1,
  });
  const answers = new Map<string, (request: Asked) => Answer | Promise<Answer>>();
  const asked: { path: string; request: Asked }[] = [];
  let connections = 0;
  const respond = async (message: IncomingMessage, response: ServerResponse) => {
    let body = '';
    for await (const chunk of message) body += chunk;
    const path = (message.url ?? '').replace(/\?.*/, '');
    const review = JSON.parse(body);
    asked.push({ path, request: review.request });
    const {
      patch,
      raw,
      code = 200,
      allowed = true,
      ...rest
    } = (await answers.get(path)?.(review.request)) ?? {};
    const patched = patch && {
      patch: Buffer.from(JSON.stringify(patch)).toString('base64'),
      patchType: 'JSONPatch',
    };
    const { kind, apiVersion } = review;
    response.statusCode = code;
    response.setHeader('content-type', 'application/json');
    response.end(
      JSON.stringify(
        raw ?? { kind, apiVersion, response: { uid: review.request.uid, allowed, ...rest, ...patched } },
      ),
    );
  };
  const server = createServer({ cert: certificate.cert, key: certificate.key }, (message, response) => {
    respond(message, response).catch((error: unknown) => response.destroy(error as Error));
  });
  server.on('secureConnection', () => {
    connections++;
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    url: `https://127.0.0.1:${port}`,
    caBundle: Buffer.from(authority.cert).toString('base64'),
    asked,
    get connections() {
      return connections;
    },
    on: (path, answer) => void answers.set(path, answer),
    reset() {
      answers.clear();
      asked.length = 0;
    },
    async close() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

type Webhook = NonNullable<MutatingWebhookConfiguration['webhooks']>[number];

/** A webhook for config maps unless something else is said. */
export function webhook(server: WebhookServer, path: string, rest: Partial<Webhook> = {}): Webhook {
  return {
    name: `${path.slice(1).replaceAll('/', '-')}.example.com`,
    clientConfig: { url: `${server.url}${path}`, caBundle: server.caBundle },
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    rules: [
      { operations: ['*'], apiGroups: [''], apiVersions: ['*'], resources: ['configmaps'], scope: '*' },
    ],
    ...rest,
  };
}

export async function configure(
  { client }: TestCluster,
  type: 'mutating' | 'validating',
  name: string,
  webhooks: Webhook[],
): Promise<void> {
  if (type === 'mutating')
    await client.create(mutatingWebhookConfigurationKind, { metadata: { name }, webhooks });
  else await client.create(validatingWebhookConfigurationKind, { metadata: { name }, webhooks });
}

/** Takes every configuration away. */
export async function unconfigure({ client }: TestCluster): Promise<void> {
  for (const kind of [mutatingWebhookConfigurationKind, validatingWebhookConfigurationKind]) {
    const { items } = await client.list(kind);
    for (const { metadata } of items) await client.delete(kind, { name: metadata?.name ?? '' });
  }
}
