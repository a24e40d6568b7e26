import type { Kubelet } from '../kubelet.ts';
import { uidOf } from '../pod/spec.ts';
import type { ContainerRuntime } from '../runtime.ts';
import { HttpError } from './http-error.ts';
import { connect, join, spliceToUrl, type Upgrade } from './splice.ts';

interface Parts {
  readonly kubelet: Kubelet;
  readonly runtime: ContainerRuntime;
}

export interface ContainerTarget {
  readonly namespace: string;
  readonly pod: string;
  readonly container: string;
  /** Only the pod of this uid is meant. */
  readonly uid?: string;
}

/** `NAMESPACE/POD/CONTAINER` or `NAMESPACE/POD/UID/CONTAINER`; undefined when it is neither. */
export function containerTarget(path: readonly string[]): ContainerTarget | undefined {
  const [namespace, pod, third, fourth, ...more] = path;
  if (!namespace || !pod || !third || more.length > 0) return undefined;
  return fourth ? { namespace, pod, uid: third, container: fourth } : { namespace, pod, container: third };
}

/** Hands an `exec` or `attach` over to the runtime's own streaming server. Throws {@link HttpError}. */
export async function streamContainer(
  { kubelet, runtime }: Parts,
  upgrade: Upgrade,
  request: { verb: 'exec' | 'attach'; target: ContainerTarget; query: URLSearchParams },
): Promise<void> {
  const { verb, query } = request;
  const id = await runningContainer(kubelet, request.target);
  const flag = (name: string, alias: string) =>
    ['1', 'true'].includes(query.get(name) ?? query.get(alias) ?? '');
  const streams = {
    id,
    tty: flag('tty', 'tty'),
    stdin: flag('input', 'stdin'),
    stdout: flag('output', 'stdout'),
    stderr: flag('error', 'stderr') && !flag('tty', 'tty'),
  };
  const url =
    verb === 'exec'
      ? await runtime.exec({ ...streams, command: query.getAll('command') })
      : await runtime.attach(streams);
  await spliceToUrl(upgrade, url);
}

/** Id of a running container. Throws {@link HttpError} without one. */
export async function runningContainer(kubelet: Kubelet, target: ContainerTarget): Promise<string> {
  const uid = podUid(kubelet, target);
  const observed = await kubelet.view.observe(uid);
  const running = observed.containers.find(
    ({ name, state }) => name === target.container && state === 'Running',
  );
  if (!running)
    throw new HttpError(500, `unable to upgrade connection: container not found ("${target.container}")`);
  return running.id;
}

/** Throws {@link HttpError}. */
export async function forwardPorts(
  { kubelet, runtime }: Parts,
  upgrade: Upgrade,
  request: { target: Omit<ContainerTarget, 'container'>; query: URLSearchParams },
): Promise<void> {
  const { target, query } = request;
  const observed = await kubelet.view.observe(podUid(kubelet, target));
  const sandbox = observed.sandboxes.find(({ state }) => state === 'Ready');
  if (!sandbox)
    throw new HttpError(
      500,
      `unable to upgrade connection: pod not found ("${target.pod}_${target.namespace}")`,
    );
  const ports = query
    .getAll('port')
    .flatMap((text) => text.split(','))
    .map(Number);
  await spliceToUrl(
    upgrade,
    await runtime.portForward({ sandboxId: sandbox.id, ports: ports.filter((port) => port > 0) }),
  );
}

function podUid(kubelet: Kubelet, target: Omit<ContainerTarget, 'container'>): string {
  const pod = kubelet.pod(target.namespace, target.pod);
  const uid = pod && uidOf(pod);
  if (uid === undefined || (target.uid !== undefined && target.uid !== uid))
    throw new HttpError(404, 'pod does not exist');
  return uid;
}

/** Plain TCP to an address that only the node can reach: a pod's or a Service's. */
export async function openTunnel(upgrade: Upgrade, query: URLSearchParams): Promise<void> {
  const address = query.get('address') ?? '';
  const port = Number(query.get('port'));
  if (address === '' || !Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new HttpError(400, 'a tunnel needs an address and a port');
  }
  const target = await connect(address, port).catch((error: unknown) => {
    throw new HttpError(502, error instanceof Error ? error.message : String(error));
  });
  upgrade.socket.write('HTTP/1.1 101 Switching Protocols\r\nConnection: Upgrade\r\nUpgrade: tcp\r\n\r\n');
  if (upgrade.head.length > 0) target.write(upgrade.head);
  join(upgrade.socket, target);
}
