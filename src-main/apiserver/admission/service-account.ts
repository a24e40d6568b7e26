import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { mainContainers } from '@shared/kinds/core/pod/pod-containers.ts';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import type { Container, Pod, PodSpec, ServiceAccount, Volume } from '@shared/kinds/wire.ts';
import { sleep } from '@shared/lib/clock.ts';
import { randomSuffix } from '@shared/lib/random.ts';
import type { Unchecked, UncheckedDraft } from '@shared/lib/types.ts';
import type { ServerContext } from '../context.ts';
import { objectOf, storeKey } from '../objects.ts';
import { forbidden } from '../registry/errors.ts';
import type { AdmissionModule } from './admission.ts';

const mountPath = '/var/run/secrets/kubernetes.io/serviceaccount';
const mirrorAnnotation = 'kubernetes.io/config.mirror';
/** An hour, and some seconds by which Kubernetes knows tokens it mounted itself. */
export const mountedTokenSeconds = 3607;
/** A new namespace's default account is made by a controller a moment after the namespace. */
const patience = { attempts: 20, intervalMs: 50 };

/**
 * Every pod runs as a service account of its namespace, `default` when it names none, and finds that
 * account's token, the cluster's CA and its namespace mounted, unless it or the account says otherwise.
 */
export const serviceAccount: AdmissionModule = {
  name: 'ServiceAccount',
  handles: ({ kind, operation, subresource }) =>
    kind === podKind && operation === 'CREATE' && subresource === '',
  async mutate(draft, { namespace, server }) {
    const pod = draft as UncheckedDraft<Pod>;
    const { spec } = pod;
    if (!spec || pod.metadata?.annotations?.[mirrorAnnotation] !== undefined) return;
    spec.serviceAccountName ||= spec.serviceAccount || 'default';
    spec.serviceAccount = spec.serviceAccountName;
    const account = await findAccount(server, namespace, spec.serviceAccountName);
    if (!account) {
      const { serviceAccountName: name } = spec;
      throw forbidden(
        podKind,
        pod.metadata?.name ?? '',
        `error looking up service account ${namespace}/${name}: serviceaccount ${JSON.stringify(name)} not found`,
      );
    }
    if (spec.automountServiceAccountToken ?? account.automountServiceAccountToken ?? true) mountToken(spec);
    if ((spec.imagePullSecrets ?? []).length === 0 && account.imagePullSecrets) {
      spec.imagePullSecrets = account.imagePullSecrets.map((reference) => ({ ...reference }));
    }
  },
};

async function findAccount(
  server: ServerContext,
  namespace: string,
  name: string,
): Promise<Unchecked<ServiceAccount> | undefined> {
  const key = storeKey(serviceAccountKind, namespace, name);
  for (let attempt = 1; ; attempt++) {
    const entry = await server.store.get(key);
    if (entry) return objectOf<ServiceAccount>(entry);
    if (name !== 'default' || attempt === patience.attempts) return undefined;
    await sleep(server.clock, patience.intervalMs);
  }
}

function mountToken(spec: UncheckedDraft<PodSpec>): void {
  const containers = [...(spec.initContainers ?? []), ...mainContainers(spec)];
  const lacking = containers.filter((container) => !hasMount(container));
  if (lacking.length === 0) return;
  const name = `kube-api-access-${randomSuffix()}`;
  for (const container of lacking) {
    container.volumeMounts = [...(container.volumeMounts ?? []), { name, mountPath, readOnly: true }];
  }
  spec.volumes = [...(spec.volumes ?? []), tokenVolume(name)];
}

function hasMount(container: UncheckedDraft<Container>): boolean {
  return (container.volumeMounts ?? []).some((mount) => mount.mountPath === mountPath);
}

function tokenVolume(name: string): UncheckedDraft<Volume> {
  return {
    name,
    projected: {
      defaultMode: 0o644,
      sources: [
        { serviceAccountToken: { expirationSeconds: mountedTokenSeconds, path: 'token' } },
        { configMap: { name: 'kube-root-ca.crt', items: [{ key: 'ca.crt', path: 'ca.crt' }] } },
        {
          downwardAPI: {
            items: [{ path: 'namespace', fieldRef: { apiVersion: 'v1', fieldPath: 'metadata.namespace' } }],
          },
        },
      ],
    },
  };
}
