import type { ConfigMap, EnvVar, Secret, Service } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { containerSpecs, ephemeralSpecs, type ReadonlyContainer, type ReadonlyPod } from '../pod/spec.ts';
import { expand } from './expand.ts';
import { type DownwardFacts, fieldValue, resourceValue } from './field-ref.ts';
import { serviceEnvironment } from './service-env.ts';

/** A container that cannot be configured: the reason of its waiting state is `CreateContainerConfigError`. */
export class ContainerConfigError extends Error {
  override readonly name = 'ContainerConfigError';
}

/** Everything outside the pod that an environment may be made of. */
export interface EnvSources {
  /** By name, in the pod's namespace; undefined: there is none. */
  configMap(name: string): DeepReadonly<ConfigMap> | undefined;
  secret(name: string): DeepReadonly<Secret> | undefined;
  /** Services of the pod's namespace, and `kubernetes` of the namespace `default`. */
  readonly services: readonly DeepReadonly<Service>[];
  readonly facts: DownwardFacts;
}

export interface EnvPair {
  readonly key: string;
  readonly value: string;
}

/** The environment of a container. Throws {@link ContainerConfigError}. */
export function containerEnv(
  pod: ReadonlyPod,
  container: ReadonlyContainer,
  sources: EnvSources,
): readonly EnvPair[] {
  const { namespace = '' } = pod.metadata ?? {};
  const services = serviceEnvironment(linkedServices(pod, sources.services));
  const variables = new Map<string, string>();
  for (const from of container.envFrom ?? []) {
    for (const [key, value] of importedVariables(from, namespace, sources)) variables.set(key, value);
  }
  const lookUp = (name: string) => variables.get(name) ?? services.get(name);
  for (const variable of container.env ?? []) {
    const value = variable.valueFrom
      ? referredValue({ pod, container, sources }, variable)
      : expand(variable.value ?? '', lookUp);
    if (value !== undefined) variables.set(variable.name, value);
  }
  for (const [key, value] of services) if (!variables.has(key)) variables.set(key, value);
  return [...variables].map(([key, value]) => ({ key, value }));
}

function linkedServices(
  pod: ReadonlyPod,
  services: readonly DeepReadonly<Service>[],
): readonly DeepReadonly<Service>[] {
  const isMaster = ({ metadata }: DeepReadonly<Service>) =>
    metadata?.namespace === 'default' && metadata.name === 'kubernetes';
  const own = services.filter(({ metadata }) => metadata?.namespace === pod.metadata?.namespace);
  const masters = services.filter(isMaster);
  if (pod.spec?.enableServiceLinks === false) return masters;
  return [...masters, ...own.filter((service) => !isMaster(service))];
}

type EnvFrom = NonNullable<ReadonlyContainer['envFrom']>[number];

function importedVariables(
  from: EnvFrom,
  namespace: string,
  sources: EnvSources,
): readonly [string, string][] {
  const prefix = from.prefix ?? '';
  const prefixed = (entries: readonly [string, string][]) =>
    entries.map(([key, value]): [string, string] => [`${prefix}${key}`, value]);
  if (from.configMapRef) {
    const { name = '', optional } = from.configMapRef;
    const configMap = required(sources.configMap(name), optional, `configmap "${name}" not found`);
    return prefixed(Object.entries(configMap?.data ?? {}));
  }
  if (from.secretRef) {
    const { name = '', optional } = from.secretRef;
    const secret = required(sources.secret(name), optional, `secret "${name}" not found`);
    return prefixed(Object.entries(secret?.data ?? {}).map(([key, value]) => [key, decode(value)]));
  }
  throw new ContainerConfigError(`envFrom of namespace ${namespace} names neither a config map nor a secret`);
}

interface Subject {
  readonly pod: ReadonlyPod;
  readonly container: ReadonlyContainer;
  readonly sources: EnvSources;
}

/** Undefined: the reference is optional and leads nowhere, so the variable is left out. */
function referredValue(
  { pod, container, sources }: Subject,
  { valueFrom }: DeepReadonly<EnvVar>,
): string | undefined {
  const { namespace = '' } = pod.metadata ?? {};
  if (valueFrom?.fieldRef) return fieldValue(pod, valueFrom.fieldRef.fieldPath, sources.facts);
  if (valueFrom?.resourceFieldRef)
    return resourceValue(pod, valueFrom.resourceFieldRef, sources.facts, container);
  if (valueFrom?.configMapKeyRef) {
    const { name = '', key, optional } = valueFrom.configMapKeyRef;
    const configMap = required(sources.configMap(name), optional, `configmap "${name}" not found`);
    if (!configMap) return undefined;
    return required(
      configMap.data?.[key],
      optional,
      `couldn't find key ${key} in ConfigMap ${namespace}/${name}`,
    );
  }
  if (valueFrom?.secretKeyRef) {
    const { name = '', key, optional } = valueFrom.secretKeyRef;
    const secret = required(sources.secret(name), optional, `secret "${name}" not found`);
    if (!secret) return undefined;
    const value = required(
      secret.data?.[key],
      optional,
      `couldn't find key ${key} in Secret ${namespace}/${name}`,
    );
    return value === undefined ? undefined : decode(value);
  }
  return '';
}

function required<T>(value: T | undefined, optional: boolean | undefined, complaint: string): T | undefined {
  if (value === undefined && optional !== true) throw new ContainerConfigError(complaint);
  return value;
}

function decode(base64: string): string {
  return Buffer.from(base64, 'base64').toString();
}

/** Names of the config maps and secrets that the pod's environments, volumes and pulls refer to. */
export function referredObjects(pod: ReadonlyPod): {
  readonly configMaps: readonly string[];
  readonly secrets: readonly string[];
} {
  const configMaps = new Set<string>();
  const secrets = new Set<string>();
  const add = (set: Set<string>, name: string | undefined) => name && set.add(name);
  for (const { container } of [...containerSpecs(pod), ...ephemeralSpecs(pod)]) {
    for (const from of container.envFrom ?? []) {
      add(configMaps, from.configMapRef?.name);
      add(secrets, from.secretRef?.name);
    }
    for (const { valueFrom } of container.env ?? []) {
      add(configMaps, valueFrom?.configMapKeyRef?.name);
      add(secrets, valueFrom?.secretKeyRef?.name);
    }
  }
  for (const volume of pod.spec?.volumes ?? []) {
    add(configMaps, volume.configMap?.name);
    add(secrets, volume.secret?.secretName);
    for (const source of volume.projected?.sources ?? []) {
      add(configMaps, source.configMap?.name);
      add(secrets, source.secret?.name);
    }
  }
  for (const { name } of pod.spec?.imagePullSecrets ?? []) add(secrets, name);
  return { configMaps: [...configMaps], secrets: [...secrets] };
}
