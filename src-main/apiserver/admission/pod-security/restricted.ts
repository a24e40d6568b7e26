import type { Container } from '@shared/kinds/wire.ts';
import type { Unchecked } from '@shared/lib/types.ts';
import { forbiddenProcMount } from './baseline.ts';
import {
  badContainers,
  type Check,
  containersOf,
  culprits,
  distinct,
  hasOwnUsers,
  isExemptWindows,
  plural,
  quoted,
} from './check.ts';
import { forbiddenSeccomp, missingSeccomp } from './seccomp.ts';

/** Controls that hardened pods keep beside those of the baseline. */
export const restrictedChecks: readonly Check[] = [
  {
    id: 'allowPrivilegeEscalation',
    since: 8,
    find(pod, minor) {
      if (isExemptWindows(pod, minor)) return undefined;
      const who = culprits(
        badContainers(pod.spec, ({ securityContext }) => securityContext?.allowPrivilegeEscalation !== false),
      );
      if (!who) return undefined;
      const detail = `${who} must set securityContext.allowPrivilegeEscalation=false`;
      return { reason: 'allowPrivilegeEscalation != false', detail };
    },
  },
  {
    id: 'capabilities_restricted',
    since: 22,
    replaces: 'capabilities_baseline',
    find(pod, minor) {
      if (isExemptWindows(pod, minor)) return undefined;
      const { spec } = pod;
      const keeping = culprits(
        badContainers(spec, ({ securityContext }) => !securityContext?.capabilities?.drop?.includes('ALL')),
      );
      const added = ({ securityContext }: Unchecked<Container>) =>
        (securityContext?.capabilities?.add ?? []).filter((name) => name !== 'NET_BIND_SERVICE');
      const adding = culprits(badContainers(spec, (container) => added(container).length > 0));
      const names = quoted(distinct(containersOf(spec).flatMap(added)));
      const details = [
        ...(keeping ? [`${keeping} must set securityContext.capabilities.drop=["ALL"]`] : []),
        ...(adding ? [`${adding} must not include ${names} in securityContext.capabilities.add`] : []),
      ];
      return details.length > 0
        ? { reason: 'unrestricted capabilities', detail: details.join('; ') }
        : undefined;
    },
  },
  {
    id: 'procMount_restricted',
    since: 35,
    replaces: 'procMount',
    find: ({ spec }) => forbiddenProcMount(spec),
  },
  {
    id: 'restrictedVolumes',
    since: 0,
    replaces: 'hostPathVolumes',
    find({ spec }) {
      const typeOf = (volume: object) => Object.keys(volume).find((field) => field !== 'name') ?? 'unknown';
      const bad = (spec.volumes ?? []).filter((volume) => !volumeTypes.has(typeOf(volume)));
      if (bad.length === 0) return undefined;
      const types = distinct(bad.map(typeOf));
      const names = `${plural('volume', bad.length)} ${quoted(bad.map(({ name = '' }) => name))}`;
      const use = bad.length === 1 ? 'uses' : 'use';
      const detail = `${names} ${use} ${plural('restricted volume type', types.length)} ${quoted(types)}`;
      return { reason: 'restricted volume types', detail };
    },
  },
  {
    id: 'runAsNonRoot',
    since: 0,
    find(pod, minor) {
      if (hasOwnUsers(pod, minor)) return undefined;
      const own = pod.spec.securityContext?.runAsNonRoot;
      const runAsNonRootOf = ({ securityContext }: Unchecked<Container>) => securityContext?.runAsNonRoot;
      const reason = 'runAsNonRoot != true';
      const refusing = culprits(
        badContainers(pod.spec, (container) => runAsNonRootOf(container) === false),
        own === false,
      );
      if (refusing) return { reason, detail: `${refusing} must not set securityContext.runAsNonRoot=false` };
      const silent = culprits(
        badContainers(pod.spec, (container) => own !== true && runAsNonRootOf(container) === undefined),
      );
      if (!silent) return undefined;
      return { reason, detail: `pod or ${silent} must set securityContext.runAsNonRoot=true` };
    },
  },
  {
    id: 'runAsUser',
    since: 23,
    find(pod, minor) {
      if (hasOwnUsers(pod, minor)) return undefined;
      const who = culprits(
        badContainers(pod.spec, ({ securityContext }) => securityContext?.runAsUser === 0),
        pod.spec.securityContext?.runAsUser === 0,
      );
      return who ? { reason: 'runAsUser=0', detail: `${who} must not set runAsUser=0` } : undefined;
    },
  },
  {
    id: 'seccompProfile_restricted',
    since: 19,
    replaces: 'seccompProfile_baseline',
    find(pod, minor) {
      if (isExemptWindows(pod, minor)) return undefined;
      return forbiddenSeccomp(pod.spec) ?? missingSeccomp(pod.spec);
    },
  },
];

const volumeTypes = new Set([
  'configMap',
  'csi',
  'downwardAPI',
  'emptyDir',
  'ephemeral',
  'image',
  'persistentVolumeClaim',
  'projected',
  'secret',
]);
