import { Agent, request } from 'node:https';
import { ApiError } from '@shared/api/status.ts';
import type { Crd } from '@shared/kinds/apiextensions/custom-resource-definition/names.ts';
import { isJsonObject } from '@shared/lib/json.ts';
import { newUid } from '@shared/lib/random.ts';
import type { Json, JsonObject } from '@shared/lib/types.ts';
import type { ServiceResolver } from '../service-resolver.ts';
import type { AskWebhook } from './conversion.ts';

const timeoutMs = 30_000;
const maxAnswerBytes = 64 * 1024 * 1024;

interface Address {
  readonly url: URL;
  /** The name the certificate must be for. */
  readonly serverName: string;
}

/**
 * Asks conversion webhooks over HTTPS, with the definition's own CA bundle.
 * https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definition-versioning/#webhook-conversion
 */
export function createWebhookConverter(services: ServiceResolver | undefined): AskWebhook {
  return async (crd, objects, desiredAPIVersion) => {
    const { webhook } = crd.spec.conversion ?? {};
    const fail = (why: string, cause?: unknown) => {
      const from = String(objects[0]?.apiVersion ?? '');
      const text = `conversion webhook for ${from}, Kind=${crd.spec.names.kind} failed: ${why}`;
      return new ApiError(ApiError.of('InternalError', text).status, { cause });
    };
    const uid = newUid();
    const version = (webhook?.conversionReviewVersions ?? []).find((one) => one === 'v1') ?? 'v1beta1';
    const review = {
      kind: 'ConversionReview',
      apiVersion: `apiextensions.k8s.io/${version}`,
      request: { uid, desiredAPIVersion, objects },
    };
    let answer: unknown;
    try {
      const address = await addressOf(crd, services);
      const ca = webhook?.clientConfig?.caBundle;
      answer = await post(address, JSON.stringify(review), ca && Buffer.from(ca, 'base64').toString());
    } catch (cause) {
      throw fail(cause instanceof Error ? cause.message : String(cause), cause);
    }
    return convertedObjects(answer, { uid, count: objects.length, fail });
  };
}

async function addressOf(crd: Crd, services: ServiceResolver | undefined): Promise<Address> {
  const { url, service } = crd.spec.conversion?.webhook?.clientConfig ?? {};
  if (url !== undefined) {
    const parsed = new URL(url);
    return { url: parsed, serverName: parsed.hostname };
  }
  if (!service) throw new Error('neither a URL nor a Service is configured');
  if (!services) throw new Error('Services cannot be reached from here');
  const { name, namespace, path = '/', port = 443 } = service;
  const { host, port: realPort } = await services.resolve({ namespace, name, port });
  const authority = host.includes(':') ? `[${host}]:${realPort}` : `${host}:${realPort}`;
  return { url: new URL(path, `https://${authority}`), serverName: `${name}.${namespace}.svc` };
}

const agents = new Map<string, Agent>();

/** Connections are kept per CA and name: a list may take many calls. */
function agentOf(ca: string | undefined, serverName: string): Agent {
  const key = `${serverName}\n${ca ?? ''}`;
  let agent = agents.get(key);
  if (!agent) {
    agent = new Agent({ keepAlive: true, maxSockets: 16, servername: serverName, ...(ca && { ca }) });
    agents.set(key, agent);
  }
  return agent;
}

function post({ url, serverName }: Address, body: string, ca: string | undefined): Promise<unknown> {
  return new Promise((resolve, reject) => {
    const call = request(url, {
      method: 'POST',
      agent: agentOf(ca, serverName),
      servername: serverName,
      timeout: timeoutMs,
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        'content-length': Buffer.byteLength(body),
      },
    });
    call.on('timeout', () => call.destroy(new Error(`no answer within ${timeoutMs / 1000} s`)));
    call.on('error', (error) => reject(new Error(`Post "${url.href}": ${error.message}`, { cause: error })));
    call.on('response', (response) => {
      const chunks: Buffer[] = [];
      let size = 0;
      response.on('data', (chunk: Buffer) => {
        size += chunk.length;
        if (size > maxAnswerBytes) call.destroy(new Error('the answer is too large'));
        else chunks.push(chunk);
      });
      response.on('error', reject);
      response.on('end', () => {
        if (response.statusCode !== 200) {
          reject(new Error(`Post "${url.href}": the server answered with HTTP ${response.statusCode}`));
          return;
        }
        try {
          resolve(JSON.parse(Buffer.concat(chunks).toString('utf8')));
        } catch (cause) {
          reject(new Error('the answer is not JSON', { cause }));
        }
      });
    });
    call.end(body);
  });
}

interface Expected {
  readonly uid: string;
  readonly count: number;
  fail(why: string): Error;
}

function convertedObjects(answer: unknown, { uid, count, fail }: Expected): readonly Json[] {
  const response = isJsonObject(answer) && isJsonObject(answer.response) ? answer.response : undefined;
  if (!response) throw fail('the answer has no response');
  if (response.uid !== uid)
    throw fail(`expected response.uid=${JSON.stringify(uid)}, got ${JSON.stringify(response.uid)}`);
  const result = (isJsonObject(response.result) ? response.result : {}) as JsonObject;
  if (result.status !== 'Success') throw fail(String(result.message ?? 'no reason was given'));
  const objects = Array.isArray(response.convertedObjects)
    ? (response.convertedObjects as readonly Json[])
    : [];
  if (objects.length !== count) throw fail(`expected ${count} converted objects, got ${objects.length}`);
  return objects;
}
