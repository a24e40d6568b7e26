import { canonicalQuantity, formatQuantity, parseQuantity } from '../../../lib/quantity.ts';
import type { UncheckedDraft } from '../../../lib/types.ts';
import type { Container, Lifecycle, PodSpec, Probe, ResourceRequirements } from '../../wire.ts';
import { defaultPullPolicy } from './image-reference.ts';
import { containerRequests } from './pod-resources.ts';
import { dropUnservedFields } from './unserved-fields.ts';
import { defaultVolume } from './volume-defaults.ts';

/**
 * What the API server fills in for every pod spec, in pods and in templates alike. Tolerations, the default
 * service account, priority and image pull secrets are not here: they depend on other objects and are the
 * business of admission. https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodSpec
 */
export function defaultPodSpec(spec: UncheckedDraft<PodSpec>): void {
  dropUnservedFields(spec);
  spec.restartPolicy ||= 'Always';
  spec.terminationGracePeriodSeconds ??= 30;
  spec.dnsPolicy ||= 'ClusterFirst';
  spec.securityContext ??= {};
  spec.schedulerName ||= 'default-scheduler';
  mirrorServiceAccount(spec);
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const container of spec.initContainers ?? []) defaultContainer(container);
  for (const container of spec.containers ?? []) defaultContainer(container);
  for (const container of spec.ephemeralContainers ?? []) defaultContainer(container);
  for (const constraint of spec.topologySpreadConstraints ?? []) {
    constraint.nodeAffinityPolicy ||= 'Honor';
    constraint.nodeTaintsPolicy ||= 'Ignore';
  }
  if (spec.overhead) roundUpToMilli(spec.overhead);
  if (spec.resources) roundRequirements(spec.resources);
}

/** What is filled in for a pod but not for a template: it follows from fields that stay as written there. */
export function defaultPodOnly(spec: UncheckedDraft<PodSpec>): void {
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    const limits = container.resources?.limits;
    if (!container.resources || !limits) continue;
    container.resources.requests = { ...limits, ...container.resources.requests };
  }
  defaultPodLevelRequests(spec);
  spec.enableServiceLinks ??= true;
  if (spec.hostNetwork === true) {
    for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
      for (const port of container.ports ?? []) port.hostPort ||= port.containerPort ?? 0;
    }
  }
}

/** `serviceAccount` is the old name of `serviceAccountName`; both always say the same. */
function mirrorServiceAccount(spec: UncheckedDraft<PodSpec>): void {
  const name = spec.serviceAccountName || spec.serviceAccount;
  if (!name) return;
  spec.serviceAccountName = name;
  spec.serviceAccount = name;
}

/** Pod-level limits imply pod-level requests: what the containers request together, else the limit itself. */
function defaultPodLevelRequests(spec: UncheckedDraft<PodSpec>): void {
  const limits = spec.resources?.limits;
  if (!spec.resources || !limits || Object.keys(limits).length === 0) return;
  const requests: Record<string, string> = {};
  for (const [name, amount] of containerRequests(spec)) {
    if (name === 'cpu' || name === 'memory') requests[name] = amountText(name, amount);
  }
  spec.resources.requests = { ...limits, ...requests, ...spec.resources.requests };
}

function amountText(name: 'cpu' | 'memory', amount: number): string {
  return name === 'cpu'
    ? canonicalQuantity(`${amount}m`)
    : formatQuantity({ nanos: BigInt(amount) * 1_000_000_000n, format: 'BinarySI' });
}

/** The fields which ordinary, init and ephemeral containers have in common. */
type AnyContainer = Pick<
  UncheckedDraft<Container>,
  | 'image'
  | 'imagePullPolicy'
  | 'terminationMessagePath'
  | 'terminationMessagePolicy'
  | 'resources'
  | 'ports'
  | 'env'
  | 'livenessProbe'
  | 'readinessProbe'
  | 'startupProbe'
  | 'lifecycle'
  | 'securityContext'
>;

function defaultContainer(container: AnyContainer): void {
  container.imagePullPolicy ||= defaultPullPolicy(container.image ?? '');
  container.terminationMessagePath ||= '/dev/termination-log';
  container.terminationMessagePolicy ||= 'File';
  container.resources ??= {};
  roundRequirements(container.resources);
  for (const port of container.ports ?? []) port.protocol ||= 'TCP';
  for (const variable of container.env ?? []) {
    if (variable.valueFrom?.fieldRef) variable.valueFrom.fieldRef.apiVersion ||= 'v1';
    const resource = variable.valueFrom?.resourceFieldRef;
    if (resource) resource.divisor ??= '0';
  }
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) {
    if (probe) defaultProbe(probe);
  }
  if (container.lifecycle) defaultLifecycle(container.lifecycle);
  if (container.securityContext?.procMount === '') container.securityContext.procMount = 'Default';
}

function defaultProbe(probe: UncheckedDraft<Probe>): void {
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  if (probe.httpGet) defaultHttpGet(probe.httpGet);
  if (probe.grpc) probe.grpc.service ??= '';
}

function defaultLifecycle(lifecycle: UncheckedDraft<Lifecycle>): void {
  if (lifecycle.postStart?.httpGet) defaultHttpGet(lifecycle.postStart.httpGet);
  if (lifecycle.preStop?.httpGet) defaultHttpGet(lifecycle.preStop.httpGet);
}

function defaultHttpGet(action: { path?: string; scheme?: string }): void {
  action.path ||= '/';
  action.scheme ||= 'HTTP';
}

function roundRequirements(resources: UncheckedDraft<ResourceRequirements>): void {
  if (resources.limits) roundUpToMilli(resources.limits);
  if (resources.requests) roundUpToMilli(resources.requests);
}

/** Resource amounts finer than a thousandth are rounded up. Malformed ones are left to validation. */
function roundUpToMilli(resources: Record<string, string>): void {
  for (const [name, text] of Object.entries(resources)) {
    const quantity = parseQuantity(text);
    if (!quantity) continue;
    const rest = quantity.nanos % 1_000_000n;
    resources[name] =
      rest > 0n
        ? formatQuantity({ ...quantity, nanos: quantity.nanos - rest + 1_000_000n })
        : canonicalQuantity(text);
  }
}
