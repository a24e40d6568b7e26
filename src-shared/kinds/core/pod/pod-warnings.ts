import { dnsLabelErrors } from '../../../api/names.ts';
import { jsonEqual } from '../../../lib/json.ts';
import type { DeepReadonly, Json, Unchecked } from '../../../lib/types.ts';
import { ipWarnings } from '../../ip-warnings.ts';
import type { Pod, PodAffinityTerm, PodSpec, PodTemplateSpec } from '../../wire.ts';
import { deprecatedNodeLabels, nodeTermWarnings } from '../node/deprecated-labels.ts';
import { fractionalWarning } from '../persistent-volume-claim/claim-warnings.ts';
import { type AnyContainer, containersWithPath } from './pod-containers.ts';
import { portWarnings } from './port-warnings.ts';
import { volumeWarnings } from './volume-warnings.ts';

type ReadonlySpec = DeepReadonly<PodSpec>;
type Annotations = Readonly<Record<string, string>>;

const nullSelector = 'a null labelSelector results in matching no pod';

/** What the client is told of a new pod: what is outdated in it, and what does not do what it seems to say. */
export function podWarnings({ metadata, spec }: DeepReadonly<Pod>): string[] {
  const name = dnsLabelErrors(metadata?.name ?? '');
  const text =
    "metadata.name: this is used in the Pod's hostname, which can result in surprising behavior; a DNS label is recommended";
  return [
    ...(name.length > 0 ? [`${text}: [${name.join(' ')}]`] : []),
    ...(spec ? specWarnings('', spec, metadata?.annotations ?? {}) : []),
  ];
}

/** Warnings of a pod template; `field` is its path. */
export function templateWarnings(
  field: string,
  template: DeepReadonly<PodTemplateSpec> | undefined,
): string[] {
  if (!template?.spec) return [];
  return specWarnings(`${field}.`, template.spec, template.metadata?.annotations ?? {});
}

interface Workload {
  readonly metadata?: { readonly name?: string };
  readonly spec?: { readonly template?: DeepReadonly<PodTemplateSpec> };
}

/** Warnings of what keeps pods running: of its name when it is new, of its template when that may have changed. */
export function workloadWarnings(workload: Workload, old?: Workload): string[] {
  if (old && jsonEqual((workload.spec ?? {}) as Json, (old.spec ?? {}) as Json)) return [];
  return [
    ...(old ? [] : podNameWarnings(workload)),
    ...templateWarnings('spec.template', workload.spec?.template),
  ];
}

/** Pods are named after what makes them, and their hosts after them. */
export function podNameWarnings({ metadata }: Workload): string[] {
  const errors = dnsLabelErrors(metadata?.name ?? '');
  if (errors.length === 0) return [];
  const text =
    'metadata.name: this is used in Pod names and hostnames, which can result in surprising behavior; a DNS label is recommended';
  return [`${text}: [${errors.join(' ')}]`];
}

/** `prefix` is what stands before `spec` and `metadata`. */
function specWarnings(prefix: string, spec: ReadonlySpec, annotations: Annotations): string[] {
  const field = `${prefix}spec`;
  const { dnsConfig, hostAliases = [], terminationGracePeriodSeconds = 0 } = spec;
  return [
    ...nodeChoiceWarnings(field, spec),
    ...annotationWarnings(prefix, annotations),
    ...volumeWarnings(`${field}.volumes`, spec.volumes ?? []),
    ...repeated(hostAliases, ({ ip }) => ip).map(
      ([index, ip]) => `${field}.hostAliases[${index}].ip: duplicate ip ${JSON.stringify(ip)}`,
    ),
    ...pullSecretWarnings(`${field}.imagePullSecrets`, spec),
    ...byteWarnings(`${field}.overhead`, spec.overhead),
    ...profileWarnings(prefix, spec, annotations),
    ...containersWithPath(field, spec).flatMap(({ at, container }) => containerWarnings(at, container)),
    ...portWarnings(field, spec),
    ...(terminationGracePeriodSeconds < 0
      ? [
          `${field}.terminationGracePeriodSeconds: must be >= 0; negative values are invalid and will be treated as 1`,
        ]
      : []),
    ...affinityWarnings(`${field}.affinity`, spec),
    ...(dnsConfig?.nameservers ?? []).flatMap((ip, index) =>
      ipWarnings(`${field}.dnsConfig.nameservers[${index}]`, ip),
    ),
    ...hostAliases.flatMap(({ ip }, index) => ipWarnings(`${field}.hostAliases[${index}].ip`, ip)),
  ];
}

function nodeChoiceWarnings(field: string, spec: ReadonlySpec): string[] {
  const { nodeAffinity } = spec.affinity ?? {};
  const hard = 'requiredDuringSchedulingIgnoredDuringExecution';
  const soft = 'preferredDuringSchedulingIgnoredDuringExecution';
  const at = `${field}.affinity.nodeAffinity`;
  return [
    ...Object.keys(spec.nodeSelector ?? {}).flatMap((key) => {
      const text = deprecatedNodeLabels.get(key);
      return text === undefined ? [] : [`${field}.nodeSelector[${key}]: ${text}`];
    }),
    ...(nodeAffinity?.[hard]?.nodeSelectorTerms ?? []).flatMap((term, index) =>
      nodeTermWarnings(`${at}.${hard}.nodeSelectorTerms[${index}]`, term, { isPreference: false }),
    ),
    ...(nodeAffinity?.[soft] ?? []).flatMap(({ preference }, index) =>
      nodeTermWarnings(`${at}.${soft}[${index}].preference`, preference ?? {}, { isPreference: true }),
    ),
    ...(spec.topologySpreadConstraints ?? []).flatMap(({ topologyKey, labelSelector }, index) => {
      const place = `${field}.topologySpreadConstraints[${index}]`;
      const text = deprecatedNodeLabels.get(topologyKey);
      return [
        ...(text === undefined ? [] : [`${place}.topologyKey: ${topologyKey} is ${text}`]),
        ...(labelSelector ? [] : [`${place}.labelSelector: ${nullSelector}`]),
      ];
    }),
  ];
}

const outdatedAnnotations: readonly (readonly [string, string])[] = [
  [
    'scheduler.alpha.kubernetes.io/critical-pod',
    'non-functional in v1.16+; use the "priorityClassName" field instead',
  ],
  ['security.alpha.kubernetes.io/sysctls', 'non-functional in v1.11+; use the "sysctls" field instead'],
  [
    'security.alpha.kubernetes.io/unsafe-sysctls',
    'non-functional in v1.11+; use the "sysctls" field instead',
  ],
];

function annotationWarnings(prefix: string, annotations: Annotations): string[] {
  return outdatedAnnotations
    .filter(([key]) => annotations[key] !== undefined)
    .map(([key, text]) => `${prefix}metadata.annotations[${key}]: ${text}`);
}

/** Annotations that fields have replaced and that nobody reads any more. */
function profileWarnings(prefix: string, spec: ReadonlySpec, annotations: Annotations): string[] {
  const told = (key: string, text: string) =>
    annotations[key] === undefined ? [] : [`${prefix}metadata.annotations[${key}]: ${text}`];
  const seccomp = 'non-functional in v1.27+; use the "seccompProfile" field instead';
  const appArmor = 'deprecated since v1.30; use the "appArmorProfile" field instead';
  const ofPod = spec.securityContext?.seccompProfile
    ? []
    : told('seccomp.security.alpha.kubernetes.io/pod', seccomp);
  const ofContainers = containersWithPath('', spec).flatMap(({ container: { name, securityContext } }) => [
    ...(securityContext?.seccompProfile
      ? []
      : told(`container.seccomp.security.alpha.kubernetes.io/${name}`, seccomp)),
    ...(securityContext?.appArmorProfile || spec.securityContext?.appArmorProfile
      ? []
      : told(`container.apparmor.security.beta.kubernetes.io/${name}`, appArmor)),
  ]);
  return [...ofPod, ...ofContainers];
}

function pullSecretWarnings(field: string, { imagePullSecrets = [] }: ReadonlySpec): string[] {
  const twice = repeated(imagePullSecrets, ({ name }) => name ?? '').map(
    ([index, name]) => `${field}[${index}].name: duplicate name ${JSON.stringify(name)}`,
  );
  const empty = imagePullSecrets.flatMap(({ name }, index) =>
    name ? [] : [`${field}[${index}].name: invalid empty name ""`],
  );
  return [...twice, ...empty];
}

function byteWarnings(field: string, amounts: Readonly<Record<string, string>> | undefined): string[] {
  return ['memory', 'ephemeral-storage'].flatMap((name) =>
    fractionalWarning(`${field}[${name}]`, amounts?.[name]),
  );
}

function containerWarnings(at: string, { env = [], resources }: Unchecked<AnyContainer>): string[] {
  const { limits, requests } = resources ?? {};
  const amounts = ['memory', 'ephemeral-storage'].flatMap((name) => [
    ...fractionalWarning(`${at}.resources.limits[${name}]`, limits?.[name]),
    ...fractionalWarning(`${at}.resources.requests[${name}]`, requests?.[name]),
  ]);
  const hidden = repeated(env, ({ name = '' }) => name)
    .filter(([index, name]) => {
      const { value = '', valueFrom } = env[index] ?? {};
      return valueFrom !== undefined || value === `$(${name})` || !value.includes(`$(${name})`);
    })
    .map(
      ([index, name]) =>
        `${at}.env[${index}]: hides previous definition of ${JSON.stringify(name)}, which may be dropped when using apply`,
    );
  return [...amounts, ...hidden];
}

function affinityWarnings(field: string, { affinity }: ReadonlySpec): string[] {
  return (['podAffinity', 'podAntiAffinity'] as const).flatMap((key) => {
    const rules = affinity?.[key];
    const hard = 'requiredDuringSchedulingIgnoredDuringExecution';
    const soft = 'preferredDuringSchedulingIgnoredDuringExecution';
    const told = (at: string, term: DeepReadonly<PodAffinityTerm> | undefined) =>
      term?.labelSelector ? [] : [`${at}.labelSelector: ${nullSelector}`];
    return [
      ...(rules?.[hard] ?? []).flatMap((term, index) => told(`${field}.${key}.${hard}[${index}]`, term)),
      ...(rules?.[soft] ?? []).flatMap(({ podAffinityTerm }, index) =>
        told(`${field}.${key}.${soft}[${index}].podAffinityTerm`, podAffinityTerm),
      ),
    ];
  });
}

/** Index and key of every item whose key an earlier one has. */
function repeated<T>(items: readonly T[], keyOf: (item: T) => string): (readonly [number, string])[] {
  const seen = new Set<string>();
  return items.flatMap((item, index) => {
    const key = keyOf(item);
    if (seen.has(key)) return [[index, key] as const];
    seen.add(key);
    return [];
  });
}
