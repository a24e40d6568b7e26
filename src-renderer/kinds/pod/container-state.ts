import type { Container, ContainerState, ContainerStatus, EnvVar, Pod, Probe } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import type { Level } from '../../ui/feedback.tsx';

export interface StateText {
  readonly level: Level;
  readonly text: string;
  /** The kubelet's own words, where it has some. */
  readonly message?: string | undefined;
  /** Since when, or until when; RFC 3339. */
  readonly at?: string | undefined;
}

/** A container's state in a word or two. */
export function stateText(
  state: DeepReadonly<ContainerState> | undefined,
  ready: boolean | undefined,
): StateText {
  if (state?.running)
    return {
      level: ready === false ? 'warn' : 'ok',
      text: ready === false ? 'Running, not ready' : 'Running',
      at: state.running.startedAt,
    };
  if (state?.terminated) {
    const { exitCode, reason, signal, message, finishedAt } = state.terminated;
    const how = signal ? `signal ${signal}` : `exit code ${exitCode}`;
    return {
      level: exitCode === 0 ? 'done' : 'error',
      text: `${reason ?? 'Terminated'} (${how})`,
      message,
      at: finishedAt,
    };
  }
  const { reason, message } = state?.waiting ?? {};
  const starting = reason === undefined || reason === 'ContainerCreating' || reason === 'PodInitializing';
  return { level: starting ? 'progress' : 'error', text: reason ?? 'Waiting', message };
}

/** A probe as one line: `GET :8080/healthz every 5 s`. */
export function probeText(probe: DeepReadonly<Probe>): string {
  const {
    httpGet,
    tcpSocket,
    exec,
    grpc,
    periodSeconds = 10,
    timeoutSeconds = 1,
    failureThreshold = 3,
    initialDelaySeconds,
  } = probe;
  const what = httpGet
    ? `${httpGet.scheme ?? 'HTTP'} GET ${httpGet.host ?? ''}:${httpGet.port}${httpGet.path ?? '/'}`
    : tcpSocket
      ? `TCP ${tcpSocket.host ?? ''}:${tcpSocket.port}`
      : grpc
        ? `gRPC :${grpc.port}`
        : `exec ${exec?.command?.join(' ') ?? ''}`;
  const delay = initialDelaySeconds ? `, after ${initialDelaySeconds} s` : '';
  return `${what}, every ${periodSeconds} s${delay}, timeout ${timeoutSeconds} s, fails after ${failureThreshold}`;
}

/** Where a variable's value comes from. */
export function envText(variable: DeepReadonly<EnvVar>): { text: string; from: boolean } {
  const { valueFrom } = variable;
  if (valueFrom === undefined) return { text: variable.value ?? '', from: false };
  const { configMapKeyRef, secretKeyRef, fieldRef, resourceFieldRef } = valueFrom;
  if (configMapKeyRef)
    return { text: `config map ${configMapKeyRef.name}, key ${configMapKeyRef.key}`, from: true };
  if (secretKeyRef) return { text: `secret ${secretKeyRef.name}, key ${secretKeyRef.key}`, from: true };
  if (fieldRef) return { text: `field ${fieldRef.fieldPath}`, from: true };
  if (resourceFieldRef) return { text: `resource ${resourceFieldRef.resource}`, from: true };
  return { text: 'another source', from: true };
}

/** A container with what is known of its run. */
export interface ContainerWithStatus {
  readonly container: DeepReadonly<Container>;
  readonly status: DeepReadonly<ContainerStatus> | undefined;
  readonly init: boolean;
}

const pullFailures = new Set(['ErrImagePull', 'ImagePullBackOff', 'ErrImageNeverPull']);

/** Images that containers of the pod wait for because they could not be pulled. */
export function missingImages(pod: DeepReadonly<Pod>): readonly string[] {
  const { spec, status } = pod;
  const images = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
    .filter(({ state }) => pullFailures.has(state?.waiting?.reason ?? ''))
    .map(
      ({ name, image }) =>
        [...(spec?.initContainers ?? []), ...(spec?.containers ?? [])].find(
          (container) => container.name === name,
        )?.image ?? image,
    );
  return [...new Set(images)];
}
