import { ApiError } from '@shared/api/status.ts';
import { cronJobKind } from '@shared/kinds/batch/cron-job/kind.ts';
import { jobKind } from '@shared/kinds/batch/job/kind.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { podKind } from '@shared/kinds/core/pod/kind.ts';
import { podTemplateKind } from '@shared/kinds/core/pod-template/kind.ts';
import { replicationControllerKind } from '@shared/kinds/core/replication-controller/kind.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import type {
  CronJob,
  Deployment,
  Namespace,
  Pod,
  PodTemplate,
  PodTemplateSpec,
} from '@shared/kinds/wire.ts';
import type { Unchecked } from '@shared/lib/types.ts';
import type { ApiObject } from '../../objects.ts';
import { forbidden } from '../../registry/errors.ts';
import { type AdmissionModule, type AdmissionRequest, annotateAudit, warn } from '../admission.ts';
import { findStored, listStored } from '../lookup.ts';
import { containersOf, type JudgedPod } from './check.ts';
import { noPodSecurity, type PodSecurityOptions, policyOf } from './policy.ts';
import { detailOf, levels, type Standard, standardName, violationsOf } from './standards.ts';

/** How many pods of a namespace are looked at when its level is raised. */
const podsToCheck = 3000;

/**
 * Pods keep the Pod Security Standard that their namespace's labels name; templates of pods that would not are
 * warned of. Source: https://kubernetes.io/docs/concepts/security/pod-security-admission/.
 */
export function createPodSecurity(options: PodSecurityOptions = noPodSecurity): AdmissionModule {
  return {
    name: 'PodSecurity',
    handles: ({ kind, operation, subresource }) =>
      operation !== 'DELETE' &&
      (kind === podKind
        ? subresource === '' || subresource === 'ephemeralcontainers' || subresource === 'resize'
        : subresource === '' && (kind === namespaceKind || hasTemplate(kind))),
    async validate(object, request) {
      if (request.kind === namespaceKind) return checkNamespace(object, request, options);
      const pod = judged(object, request.kind);
      const exempt = exemption(request, pod, options);
      if (exempt) annotate(request, 'exempt', exempt);
      else if (pod && !(request.kind === podKind && request.old && !isSignificant(object, request.old)))
        await judge(pod, request, options);
      return [];
    },
  };
}

/** Why nothing is asked of a pod, as the audit log names it. */
function exemption(
  { namespace, options }: AdmissionRequest,
  pod: JudgedPod | undefined,
  { exemptions: { namespaces, usernames, runtimeClasses } }: PodSecurityOptions,
): string | undefined {
  if (namespaces.includes(namespace)) return 'namespace';
  if (usernames.includes(options.user.name)) return 'user';
  return runtimeClasses.includes(pod?.spec.runtimeClassName ?? '') ? 'runtimeClass' : undefined;
}

async function judge(pod: JudgedPod, request: AdmissionRequest, options: PodSecurityOptions): Promise<void> {
  const namespace = await findStored(request.server, namespaceKind, { name: request.namespace });
  const { policy, errors } = policyOf(namespace?.metadata?.labels ?? {}, options.defaults);
  if (errors.length > 0) annotate(request, 'error', 'Failed to parse policy');
  if (request.kind === podKind) annotate(request, 'enforce-policy', standardName(policy.enforce));
  const problem = (standard: Standard): string | undefined => {
    const found = violationsOf(standard, pod);
    return found.length > 0
      ? `violate PodSecurity "${standardName(standard)}": ${detailOf(found)}`
      : undefined;
  };
  const audited = problem(policy.audit);
  if (audited) annotate(request, 'audit-violations', `would ${audited}`);
  const enforced = request.kind === podKind ? violationsOf(policy.enforce, pod) : [];
  if (enforced.length > 0) {
    const why = `violates PodSecurity "${standardName(policy.enforce)}": ${detailOf(enforced)}`;
    throw forbidden(podKind, pod.metadata.name ?? request.name, why);
  }
  const warned = problem(policy.warn);
  if (warned) warn(request, `would ${warned}`);
}

function annotate(request: AdmissionRequest, key: string, value: string): void {
  annotateAudit(request, `pod-security.kubernetes.io/${key}`, value);
}

/** Labels must be right where they are new; a raised level warns of the pods it would refuse. */
async function checkNamespace(
  object: ApiObject,
  request: AdmissionRequest,
  { defaults, exemptions }: PodSecurityOptions,
): Promise<readonly []> {
  const name = object.metadata.name ?? request.name;
  const { policy, errors } = policyOf((object as Unchecked<Namespace>).metadata?.labels ?? {}, defaults);
  const before = request.old && policyOf(request.old.metadata.labels ?? {}, defaults);
  if (errors.length > 0 && JSON.stringify(errors) !== JSON.stringify(before?.errors)) {
    throw ApiError.invalid(namespaceKind, name, [...errors]);
  }
  if (!before || exemptions.namespaces.includes(name) || !isRaised(policy.enforce, before.policy.enforce))
    return [];
  for (const text of await warningsOf(policy.enforce, name, request)) warn(request, text);
  return [];
}

function isRaised(now: Standard, before: Standard): boolean {
  if (now.level === 'privileged') return false;
  return now.minor !== before.minor || levels.indexOf(now.level) > levels.indexOf(before.level);
}

async function warningsOf(standard: Standard, name: string, { server }: AdmissionRequest): Promise<string[]> {
  const pods = await listStored(server, podKind, name);
  const byReason = new Map<string, string[]>();
  for (const { metadata, spec } of pods.slice(0, podsToCheck)) {
    const found = spec && metadata ? violationsOf(standard, { metadata, spec }) : [];
    if (found.length === 0) continue;
    const reason = found.map((violation) => violation.reason).join(', ');
    byReason.set(reason, [...(byReason.get(reason) ?? []), metadata?.name ?? '']);
  }
  const named = [...byReason].map(([reason, names]) => `${names[0]}${others(names.length - 1)}: ${reason}`);
  return [
    ...(pods.length > podsToCheck
      ? [
          `new PodSecurity enforce level only checked against the first ${podsToCheck} of ${pods.length} existing pods`,
        ]
      : []),
    ...(named.length > 0
      ? [
          `existing pods in namespace "${name}" violate the new PodSecurity enforce level "${standardName(standard)}"`,
        ]
      : []),
    ...named.toSorted(),
  ];
}

function others(count: number): string {
  if (count === 0) return '';
  return count === 1 ? ' (and 1 other pod)' : ` (and ${count} other pods)`;
}

/** Only new containers and new images can change the judgement on a pod. */
function isSignificant(object: ApiObject, old: ApiObject): boolean {
  const images = (pod: Unchecked<Pod>) =>
    JSON.stringify(pod.spec ? containersOf(pod.spec).map(({ name, image }) => [name, image]) : []);
  return images(object as Unchecked<Pod>) !== images(old as Unchecked<Pod>);
}

function hasTemplate(kind: AnyKind): boolean {
  return (
    (kind.group === 'apps' && kind.plural !== 'controllerrevisions') ||
    kind === jobKind ||
    kind === cronJobKind ||
    kind === replicationControllerKind ||
    kind === podTemplateKind
  );
}

function judged(object: ApiObject, kind: AnyKind): JudgedPod | undefined {
  const template = kind === podKind ? (object as Unchecked<Pod>) : templateOf(object, kind);
  return template?.spec && { metadata: template.metadata ?? {}, spec: template.spec };
}

function templateOf(object: ApiObject, kind: AnyKind): Unchecked<PodTemplateSpec> | undefined {
  if (kind === podTemplateKind) return (object as Unchecked<PodTemplate>).template;
  if (kind === cronJobKind)
    return (object as unknown as Unchecked<CronJob>).spec?.jobTemplate?.spec?.template;
  return (object as Unchecked<Deployment>).spec?.template;
}
