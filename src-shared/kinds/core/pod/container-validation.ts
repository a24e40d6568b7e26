import {
  duplicate,
  forbidden,
  invalid,
  notFound,
  notSupported,
  required,
  tooLong,
} from '../../../api/field-errors.ts';
import { portNameErrors } from '../../../api/names.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { checkDnsLabel, checkOneOf, checkPortNumber, invalidEach, protocols } from '../../validation.ts';
import type { Container, EphemeralContainer, PodSpec } from '../../wire.ts';
import { checkEnv, checkEnvFrom } from './env-validation.ts';
import { checkVolumeDevices, checkVolumeMounts } from './mount-validation.ts';
import { isSidecar } from './pod-containers.ts';
import type { PodContext } from './pod-context.ts';
import { checkProbesAndHooks } from './probe-validation.ts';
import { checkContainerResources } from './resource-validation.ts';
import { checkContainerSecurity } from './security-validation.ts';

type ReadonlyContainer = Unchecked<Container>;
type ReadonlySpec = Unchecked<PodSpec>;
type Port = NonNullable<ReadonlyContainer['ports']>[number];

/** The regular, init and ephemeral containers of a pod spec; `field` is the path of the spec. */
export function checkAllContainers(field: string, context: PodContext): FieldError[] {
  return [
    ...checkContainers(`${field}.containers`, context),
    ...checkInitContainers(`${field}.initContainers`, context),
    ...checkEphemeralContainers(`${field}.ephemeralContainers`, context),
  ];
}

function checkContainers(field: string, context: PodContext): FieldError[] {
  const containers = context.spec.containers ?? [];
  if (containers.length === 0) return [required(field)];
  const names = new Set<string>();
  const errors = containers.flatMap((container, index) => {
    const at = `${field}[${index}]`;
    const own = checkCommon(at, container, context);
    const { name = '' } = container;
    if (names.has(name)) own.push(duplicate(`${at}.name`, name));
    names.add(name);
    own.push(...checkProbesAndHooks(at, container, graceSeconds(context.spec)));
    return [...own, ...checkRestartPolicy(at, container)];
  });
  return [...errors, ...checkHostPorts(field, containers)];
}

function checkInitContainers(field: string, context: PodContext): FieldError[] {
  const names = new Set((context.spec.containers ?? []).map(({ name = '' }) => name));
  return (context.spec.initContainers ?? []).flatMap((container, index) => {
    const at = `${field}[${index}]`;
    const errors = checkCommon(at, container, context);
    if (container.restartPolicy !== undefined) errors.push(...checkInitRestartPolicy(at, container));
    const { name = '' } = container;
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    else if (name !== '') names.add(name);
    errors.push(...checkHostPorts(field, [container]));
    if (isSidecar(container))
      return [...errors, ...checkProbesAndHooks(at, container, graceSeconds(context.spec))];
    return [...errors, ...refuseProbes(at, container)];
  });
}

function refuseProbes(at: string, container: ReadonlyContainer): FieldError[] {
  const keys = ['lifecycle', 'livenessProbe', 'readinessProbe', 'startupProbe'] as const;
  const text = 'may not be set for init containers without restartPolicy=Always';
  return keys.filter((key) => container[key] !== undefined).map((key) => forbidden(`${at}.${key}`, text));
}

const ephemeralFields = new Set([
  'name',
  'image',
  'command',
  'args',
  'workingDir',
  'env',
  'envFrom',
  'volumeMounts',
  'volumeDevices',
  'terminationMessagePath',
  'terminationMessagePolicy',
  'imagePullPolicy',
  'securityContext',
  'stdin',
  'stdinOnce',
  'tty',
  'targetContainerName',
]);

function checkEphemeralContainers(field: string, context: PodContext): FieldError[] {
  const { containers = [], initContainers = [], ephemeralContainers = [] } = context.spec;
  const targets = new Set([...containers, ...initContainers].map(({ name = '' }) => name));
  const names = new Set(targets);
  return ephemeralContainers.flatMap((container, index) => {
    const at = `${field}[${index}]`;
    const errors = [...checkCommon(at, container, context), ...checkImageBlanks(at, container)];
    const { name = '' } = container;
    if (names.has(name)) errors.push(duplicate(`${at}.name`, name));
    names.add(name);
    const target = container.targetContainerName;
    if (target && !targets.has(target)) errors.push(notFound(`${at}.targetContainerName`, target));
    return [...errors, ...refuseEphemeralFields(at, container)];
  });
}

function refuseEphemeralFields(at: string, container: Unchecked<EphemeralContainer>): FieldError[] {
  const text = 'cannot be set for an Ephemeral Container';
  const set = Object.entries(container).filter(
    ([key, value]) => !ephemeralFields.has(key) && !isEmpty(value),
  );
  const errors = set.map(([key]) => forbidden(`${at}.${key}`, text));
  for (const [index, mount] of (container.volumeMounts ?? []).entries()) {
    if (mount.subPath) errors.push(forbidden(`${at}.volumeMounts[${index}].subPath`, text));
    if (mount.subPathExpr) errors.push(forbidden(`${at}.volumeMounts[${index}].subPathExpr`, text));
  }
  return errors;
}

function isEmpty(value: unknown): boolean {
  return (
    value === undefined ||
    value === '' ||
    (typeof value === 'object' && value !== null && Object.keys(value).length === 0)
  );
}

function checkCommon(at: string, container: ReadonlyContainer, context: PodContext): FieldError[] {
  const { name, image, terminationMessagePolicy, ports = [], env = [], envFrom = [] } = container;
  return [
    ...(name ? checkDnsLabel(`${at}.name`, name) : [required(`${at}.name`)]),
    ...(image ? [] : [required(`${at}.image`)]),
    ...checkOneOf(`${at}.terminationMessagePolicy`, terminationMessagePolicy, [
      'File',
      'FallbackToLogsOnError',
    ]),
    ...checkPorts(`${at}.ports`, ports),
    ...checkEnv(`${at}.env`, env),
    ...checkEnvFrom(`${at}.envFrom`, envFrom),
    ...checkVolumeMounts(`${at}.volumeMounts`, container, context),
    ...checkVolumeDevices(`${at}.volumeDevices`, container, context),
    ...checkOneOf(`${at}.imagePullPolicy`, container.imagePullPolicy, ['Always', 'IfNotPresent', 'Never']),
    ...checkContainerResources(`${at}.resources`, container.resources ?? {}, context.spec),
    ...checkResizePolicy(`${at}.resizePolicy`, container, context.spec.restartPolicy),
    ...checkContainerSecurity(`${at}.securityContext`, container.securityContext, context.spec),
  ];
}

/** What is asked of containers in pods but not in templates. */
export function checkImageBlanks(at: string, { image = '' }: { readonly image?: string }): FieldError[] {
  if (image === image.trim()) return [];
  return [invalid(`${at}.image`, image, 'must not have leading or trailing whitespace')];
}

function checkPorts(field: string, ports: readonly Port[]): FieldError[] {
  const names = new Set<string>();
  return ports.flatMap(({ name, containerPort, hostPort, protocol }, index) => {
    const at = `${field}[${index}]`;
    const errors: FieldError[] = [];
    if (name) {
      const texts = portNameErrors(name);
      errors.push(...invalidEach(`${at}.name`, name, texts));
      if (texts.length === 0 && names.has(name)) errors.push(duplicate(`${at}.name`, name));
      if (texts.length === 0) names.add(name);
    }
    if (!containerPort) errors.push(required(`${at}.containerPort`));
    else errors.push(...checkPortNumber(`${at}.containerPort`, containerPort));
    if (hostPort) errors.push(...checkPortNumber(`${at}.hostPort`, hostPort));
    return [...errors, ...checkOneOf(`${at}.protocol`, protocol, protocols)];
  });
}

/** Two containers cannot have the same port of the node. */
function checkHostPorts(field: string, containers: readonly ReadonlyContainer[]): FieldError[] {
  const taken = new Set<string>();
  const errors: FieldError[] = [];
  for (const [index, { ports = [] }] of containers.entries()) {
    for (const [portIndex, { protocol, hostIP = '', hostPort }] of ports.entries()) {
      if (!hostPort) continue;
      const key = `${protocol}/${hostIP}/${hostPort}`;
      if (taken.has(key)) errors.push(duplicate(`${field}[${index}].ports[${portIndex}].hostPort`, key));
      taken.add(key);
    }
  }
  return errors;
}

/** A sidecar is always started again; other init containers have the rules of all containers. */
function checkInitRestartPolicy(at: string, container: ReadonlyContainer): FieldError[] {
  if (!isSidecar(container)) return checkRestartPolicy(at, container);
  const text = 'restartPolicyRules are not allowed for init containers with restart policy Always';
  return (container.restartPolicyRules ?? []).length > 0 ? [forbidden(`${at}.restartPolicyRules`, text)] : [];
}

const maxRestartRules = 20;
const maxExitCodes = 255;
const restartPolicies = ['Always', 'Never', 'OnFailure'];

function checkRestartPolicy(at: string, container: ReadonlyContainer): FieldError[] {
  const { restartPolicy, restartPolicyRules: rules = [] } = container;
  const field = `${at}.restartPolicy`;
  const errors: FieldError[] = [];
  if (restartPolicy === undefined) {
    if (rules.length === 0) return [];
    errors.push(required(field, 'must specify restartPolicy when restart rules are used'));
  } else if (!restartPolicies.includes(restartPolicy)) {
    errors.push(notSupported(field, restartPolicy, restartPolicies));
  }
  if (rules.length > maxRestartRules) errors.push(tooLong(`${at}.restartPolicyRules`, maxRestartRules));
  return [
    ...errors,
    ...rules.flatMap((rule, index) => checkRestartRule(`${at}.restartPolicyRules[${index}]`, rule)),
  ];
}

function checkRestartRule(
  at: string,
  { action = '', exitCodes }: NonNullable<ReadonlyContainer['restartPolicyRules']>[number],
): FieldError[] {
  const actions = ['Restart', 'RestartAllContainers'];
  const errors = actions.includes(action) ? [] : [notSupported(`${at}.action`, action, actions)];
  if (!exitCodes) return [...errors, required(`${at}.exitCodes`, 'must be specified')];
  const { operator, values = [] } = exitCodes;
  if (operator !== 'In' && operator !== 'NotIn') {
    errors.push(notSupported(`${at}.exitCodes.operator`, operator ?? '', ['In', 'NotIn']));
  }
  if (values.length > maxExitCodes) errors.push(tooLong(`${at}.exitCodes.values`, maxExitCodes));
  return errors;
}

function checkResizePolicy(
  field: string,
  { resizePolicy = [] }: ReadonlyContainer,
  podRestartPolicy: string | undefined,
): FieldError[] {
  const seen = new Set<string>();
  return resizePolicy.flatMap(({ resourceName = '', restartPolicy = '' }, index) => {
    const errors: FieldError[] = [];
    if (seen.has(resourceName)) errors.push(duplicate(`${field}[${index}]`, resourceName));
    seen.add(resourceName);
    errors.push(...checkOneOf(field, resourceName, ['cpu', 'memory']));
    errors.push(...checkOneOf(field, restartPolicy, ['NotRequired', 'RestartContainer']));
    if (podRestartPolicy === 'Never' && restartPolicy !== 'NotRequired') {
      errors.push(invalid(field, restartPolicy, "must be 'NotRequired' when `restartPolicy` is 'Never'"));
    }
    return errors;
  });
}

/** Undefined when malformed, which is complained about elsewhere. */
function graceSeconds(spec: ReadonlySpec): number | undefined {
  return spec.terminationGracePeriodSeconds;
}
