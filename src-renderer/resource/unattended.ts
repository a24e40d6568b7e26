import type { AnyKind } from '@shared/kinds/define.ts';

const noPods = 'It is stored and checked, but no controller makes pods from it yet.';

/**
 * Kinds whose objects are stored, checked and served, while nothing acts on them yet: what that means for whoever
 * made one. A line goes with the controller that makes it untrue.
 */
const unattended: Readonly<Record<string, string>> = {
  '/ReplicationController': `${noPods} A Deployment does run.`,
  'apps/DaemonSet': `${noPods} A Deployment does run.`,
  'apps/StatefulSet': `${noPods} A Deployment does run.`,
  'batch/Job': `${noPods} A Pod with restartPolicy Never does run.`,
  'batch/CronJob': 'It is stored and checked, but nothing starts jobs by its schedule yet.',
  'autoscaling/HorizontalPodAutoscaler':
    'It is stored and checked, but nothing scales by it yet; “Scale” on the workload does.',
  'networking.k8s.io/Ingress':
    'It is stored and checked, but no ingress controller runs yet; a Service of type NodePort is reachable.',
  'networking.k8s.io/NetworkPolicy':
    'It is stored and checked, but not enforced yet: all pods reach each other.',
  '/PersistentVolume': 'It is stored and checked, but no claim is bound to it and no pod mounts it yet.',
  '/PersistentVolumeClaim':
    'It is stored and checked, but not bound to a volume yet; pods that use it do not start. emptyDir and hostPath work.',
  'storage.k8s.io/StorageClass': 'It is stored and checked, but no provisioner makes volumes yet.',
  'storage.k8s.io/VolumeAttachment': 'It is stored and checked, but nothing attaches volumes yet.',
  'resource.k8s.io/ResourceClaim': 'It is stored and checked, but the scheduler allocates no devices yet.',
};

/** What does not happen yet with objects of this kind, in a sentence or two; undefined where everything does. */
export function unattendedNote(kind: Pick<AnyKind, 'group' | 'kind'>): string | undefined {
  return unattended[`${kind.group}/${kind.kind}`];
}
