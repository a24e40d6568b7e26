import type { Kubelet } from '../kubelet.ts';
import { findContainer } from '../pod/spec.ts';
import type { ContainerRuntime } from '../runtime.ts';
import { HttpError, notFound } from './http-error.ts';
import type { KubeletRequest } from './routes.ts';
import { containerTarget, runningContainer } from './streams.ts';

interface Parts {
  readonly kubelet: Kubelet;
  readonly runtime: ContainerRuntime;
}

/** `POST /run/NAMESPACE/POD/CONTAINER?cmd=…`: runs a command to its end and answers with its output. */
export async function serveRun({ kubelet, runtime }: Parts, request: KubeletRequest): Promise<void> {
  requirePost(request);
  const target = containerTarget(request.parts.slice(1));
  if (!target) throw notFound();
  const command = (request.query.get('cmd') ?? '').split(' ');
  const id = await runningContainer(kubelet, target);
  const { exitCode, stdout, stderr } = await runtime.execSync(id, command, 0);
  if (exitCode !== 0)
    throw new HttpError(500, `command '${command.join(' ')}' exited with ${exitCode}: ${stderr}`);
  request.response.writeHead(200, { 'content-type': 'application/json' }).end(stdout + stderr);
}

/** No node can freeze a container into a file: containerd does that by CRIU, which needs rights a node has not. */
export async function serveCheckpoint({ kubelet }: Parts, request: KubeletRequest): Promise<void> {
  requirePost(request);
  const target = containerTarget(request.parts.slice(1));
  if (!target || target.uid !== undefined) throw notFound();
  const pod = kubelet.pod(target.namespace, target.pod);
  if (!pod) throw new HttpError(404, 'pod does not exist');
  if (!findContainer(pod, target.container))
    throw new HttpError(404, `container ${target.container} in pod ${target.pod} does not exist`);
  const { namespace, container } = target;
  throw new HttpError(
    500,
    `checkpointing of ${namespace}/${target.pod}/${container} failed (the container runtime of this node cannot: it has no CRIU)`,
  );
}

function requirePost({ message }: KubeletRequest): void {
  if (message.method !== 'POST') throw new HttpError(405, '405: Method Not Allowed');
}
