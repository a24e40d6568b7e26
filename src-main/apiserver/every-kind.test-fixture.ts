import { readFile } from 'node:fs/promises';
import { apiVersionOf, type KubeObject } from '@shared/api/meta.ts';
import { type AnyKind, allVerbs } from '@shared/kinds/define.ts';
import { exampleOf, nameOf } from '@shared/kinds/examples.test-fixture.ts';
import { kinds } from '@shared/kinds/index.ts';
import type { JsonObject } from '@shared/lib/types.ts';
import { parseAllDocuments } from 'yaml';

/** The kinds of which objects are stored. */
export const creatableKinds: readonly AnyKind[] = kinds.filter(
  ({ stored, verbs = allVerbs }) => stored && verbs.includes('create'),
);

/** How long a busy machine may take to create one object of every kind, in ms. */
export const patience = 60_000;

export interface KindExample {
  readonly kind: AnyKind;
  /** With apiVersion and kind; namespaced ones are in `default`. */
  readonly object: KubeObject & JsonObject;
}

/** One object of every kind that is stored, in an order in which a server takes them all. */
export async function everyKind(): Promise<KindExample[]> {
  const manifest = await readFile(new URL('./fixtures/every-kind.yaml', import.meta.url), 'utf8');
  const given = parseAllDocuments(manifest).map((document) => document.toJS() as KubeObject & JsonObject);
  return creatableKinds.map((kind) => {
    const object =
      special[nameOf(kind)] ??
      given.find((one) => one.apiVersion === apiVersionOf(kind) && one.kind === kind.kind) ??
      exampleOf(kind);
    const { name = '', namespace } = object.metadata ?? {};
    const metadata = { name: kind.conversion ? `further-${name}` : name, ...(namespace && { namespace }) };
    return { kind, object: { ...object, apiVersion: apiVersionOf(kind), kind: kind.kind, metadata } };
  });
}

/** One that openssl made. */
const certificateRequest =
  'LS0tLS1CRUdJTiBDRVJUSUZJQ0FURSBSRVFVRVNULS0tLS0KTUlISE1HNENBUUF3RERFS01BZ0dBMVVFQXd3QmVEQlpNQk1H' +
  'QnlxR1NNNDlBZ0VHQ0NxR1NNNDlBd0VIQTBJQQpCSHJnU2dsN2JLcUltQWhpQm8wMHRTcUZqNk5sYkpvaVhtaHY1OXBMNFZP' +
  'K08rZnN4STlpTkVZRnZmOEpISjhzCk96eldnekF3djd5YTh0eHVRNFhYcEhhZ0FEQUtCZ2dxaGtqT1BRUURBZ05KQURCR0Fp' +
  'RUFwK09XUm5QMEYyWlEKc01YVWQ0Si90Ky9SSXh5U0ZEQ1pNdld0OEltNFV2d0NJUUNaWGJNSnJ5V3ZhR3NiREVjUXRqTVpm' +
  'eHE5QTZKLwpCYVJOQVM5UUNPS1l6Zz09Ci0tLS0tRU5EIENFUlRJRklDQVRFIFJFUVVFU1QtLS0tLQo=';

/** What needs more than an example, and what makes the modules that read pods and claims most closely do something. */
const special: Readonly<Record<string, KubeObject & JsonObject>> = {
  'apiextensions.k8s.io/v1/CustomResourceDefinition': {
    metadata: { name: 'widgets.example.com' },
    spec: {
      group: 'example.com',
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [
        { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: { type: 'object' } } },
      ],
    },
  },
  'certificates.k8s.io/v1/CertificateSigningRequest': {
    metadata: { name: 'a' },
    spec: { signerName: 'example.com/signer', usages: ['client auth'], request: certificateRequest },
  },
  'v1/LimitRange': {
    metadata: { namespace: 'default', name: 'limits' },
    spec: { limits: ['Container', 'Pod'].map((type) => ({ type, min: { cpu: '1m' }, max: { cpu: '100' } })) },
  },
  'v1/ResourceQuota': {
    metadata: { namespace: 'default', name: 'quota' },
    spec: {
      hard: { pods: '1000', 'requests.cpu': '1000', 'requests.storage': '1000Gi', 'count/services': '9' },
    },
  },
};
