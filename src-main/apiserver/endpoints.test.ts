import { readFile } from 'node:fs/promises';
import { type ClientHttp2Session, connect } from 'node:http2';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../testing/cluster.ts';

interface Endpoint {
  readonly path: string;
  readonly verb: string;
}

/**
 * Paths that are still missing. The test fails for those that are served by now, so that this list can only become
 * shorter.
 */
const notYetServed: readonly RegExp[] = [];

const methods: Readonly<Record<string, string>> = {
  get: 'GET',
  list: 'GET',
  create: 'POST',
  update: 'PUT',
  patch: 'PATCH',
  delete: 'DELETE',
  deletecollection: 'DELETE',
};

let cluster: TestCluster;
let session: ClientHttp2Session;
let endpoints: readonly Endpoint[];

beforeAll(async () => {
  const text = await readFile(new URL('./fixtures/endpoints.txt', import.meta.url), 'utf8');
  endpoints = parseEndpoints(text);
  cluster = await startTestCluster();
  session = connect(cluster.url, {
    ca: cluster.pki.ca.cert,
    cert: cluster.pki.admin.cert,
    key: cluster.pki.admin.key,
  });
});

afterAll(async () => {
  session.close();
  await cluster.close();
});

describe('the endpoints of Kubernetes 1.36', () => {
  it('are all routed, and what is missing is known', async () => {
    const missing: Endpoint[] = [];
    for (const endpoint of endpoints) if (!(await isServed(endpoint))) missing.push(endpoint);
    expect(missing.map(nameOf)).toEqual(endpoints.filter(isExpectedMissing).map(nameOf));
    for (const path of notYetServed) expect(missing.some((endpoint) => path.test(endpoint.path))).toBe(true);
  });

  it('are all named by discovery, with their verbs', async () => {
    const documents = new Map<string, Map<string, readonly string[]>>();
    const unnamed: string[] = [];
    for (const endpoint of endpoints) {
      const place = placeOf(endpoint.path);
      if (!place || isExpectedMissing(endpoint)) continue;
      const verbs = documents.get(place.document) ?? (await discovered(place.document));
      documents.set(place.document, verbs);
      const found = verbs.get(place.resource);
      if (!found || (endpoint.verb !== 'connect' && !found.includes(endpoint.verb))) {
        unnamed.push(nameOf(endpoint));
      }
    }
    expect(unnamed).toEqual([]);
  });
});

function parseEndpoints(text: string): Endpoint[] {
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'));
  return lines.flatMap((line) => {
    const [path = '', verbs = ''] = line.split(' ');
    return verbs.split(',').map((verb) => ({ path, verb }));
  });
}

function isExpectedMissing({ path }: Endpoint): boolean {
  return notYetServed.some((missing) => missing.test(path));
}

function nameOf({ verb, path }: Endpoint): string {
  return `${verb} ${path}`;
}

async function isServed({ path, verb }: Endpoint): Promise<boolean> {
  const filled = path
    .replace('{namespace}', 'default')
    .replace('{name}', 'absent')
    .replace('{path}', 'some/where');
  const proxied = /\/proxy(\/|$)/.test(path);
  const used =
    verb !== 'connect'
      ? [methods[verb] ?? verb]
      : proxied
        ? ['GET', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']
        : ['GET', 'POST'];
  for (const method of used) {
    const query = method === 'GET' || verb === 'connect' ? '' : '?dryRun=All';
    const { status, message } = await call(method, `${filled}${query}`);
    const isRouted = status < 500 && status !== 405 && !(status === 404 && isUnknownPath(message));
    if (!isRouted) return false;
  }
  return true;
}

function isUnknownPath(message: string): boolean {
  return message === '' || message.includes('could not find the requested resource');
}

/** The discovery document that names a resource, and its name there; undefined for paths that are no resource. */
function placeOf(path: string): { readonly document: string; readonly resource: string } | undefined {
  const [, document, rest] = /^(\/api\/v1|\/apis\/[^/]+\/[^/]+)\/(.+)$/.exec(path) ?? [];
  if (document === undefined || rest === undefined) return undefined;
  const [plural, , subresource] = rest.replace(/^namespaces\/\{namespace\}\//, '').split('/');
  return { document, resource: subresource ? `${plural}/${subresource}` : `${plural}` };
}

async function discovered(document: string): Promise<Map<string, readonly string[]>> {
  const { status, json } = await call('GET', document);
  if (status !== 200) return new Map();
  const { resources } = json as { resources: readonly { name: string; verbs: readonly string[] }[] };
  return new Map(resources.map(({ name, verbs }) => [name, verbs]));
}

interface Answer {
  readonly status: number;
  /** What a Status says; '' for other answers. */
  readonly message: string;
  readonly json: unknown;
}

function call(method: string, path: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const hasBody = method === 'POST' || method === 'PUT' || method === 'PATCH';
    const type = method === 'PATCH' ? 'application/merge-patch+json' : 'application/json';
    const stream = session.request({
      ':method': method,
      ':path': path,
      accept: 'application/json',
      ...(hasBody && { 'content-type': type }),
    });
    let status = 0;
    let text = '';
    stream.setEncoding('utf8');
    stream.on('response', (headers) => {
      status = Number(headers[':status']);
    });
    stream.on('data', (chunk: string) => {
      text += chunk;
    });
    stream.on('error', reject);
    stream.on('end', () => {
      const json = parse(text);
      resolve({ status, json, message: messageOf(json) });
    });
    stream.end(hasBody ? '{}' : undefined);
  });
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined; // not every answer is JSON
  }
}

function messageOf(json: unknown): string {
  const isStatus = typeof json === 'object' && json !== null && 'message' in json;
  return isStatus && typeof json.message === 'string' ? json.message : '';
}
