import type { JsonObject } from '@shared/lib/types.ts';
import type { ContainerRuntime } from '../runtime.ts';
import { RuntimeError } from '../runtime.ts';
import { CriConnection } from './connection.ts';
import { encodeContainerConfig, encodeResources, encodeSandboxConfig } from './encode.ts';
import * as parse from './parse.ts';

const { list, number, record, text } = parse;

/** Calls that only look; they get a short deadline. Starting a sandbox includes the network's set-up. */
const lookMs = 10_000;
const changeMs = 120_000;

/** CRI v1 over gRPC. `close` ends the connection; calls under way are refused. */
export function createCriRuntime(address: string): ContainerRuntime & { close(): void } {
  const connection = new CriConnection(address);
  const look = (name: string, request: object = {}) => connection.call(name, request, { timeoutMs: lookMs });
  const change = (name: string, request: object = {}) =>
    connection.call(name, request, { timeoutMs: changeMs });

  return {
    ...sandboxCalls(look, change),
    ...containerCalls(look, change, connection),
    ...imageCalls(look, connection),
    async version() {
      const answer = await look('Version');
      return { name: text(answer.runtime_name), version: text(answer.runtime_version) };
    },
    async checkReady() {
      const conditions = list(record((await look('Status')).status).conditions);
      const bad = conditions.find(
        ({ type, status }) => /^(Runtime|Network)Ready$/.test(text(type)) && status !== true,
      );
      if (bad) throw new RuntimeError('Unavailable', notReadyText(bad));
    },
    async *events(signal) {
      for await (const event of connection.stream('GetContainerEvents', {}, signal))
        yield parse.parseEvent(event);
    },
    close: () => connection.close(),
  };
}

/** The kubelet's wording of a runtime that is up but not usable. */
function notReadyText(condition: JsonObject): string {
  const what = text(condition.type) === 'NetworkReady' ? 'network' : 'runtime';
  const name = what === 'network' ? 'NetworkReady=false' : 'RuntimeReady=false';
  return `container runtime ${what} not ready: ${name} reason:${text(condition.reason)} message:${text(condition.message)}`;
}

type Call = (name: string, request?: object) => Promise<JsonObject>;

type SandboxCalls = Pick<
  ContainerRuntime,
  | 'runPodSandbox'
  | 'stopPodSandbox'
  | 'removePodSandbox'
  | 'listPodSandboxes'
  | 'podSandboxStatus'
  | 'portForward'
>;

function sandboxCalls(look: Call, change: Call): SandboxCalls {
  return {
    async runPodSandbox(config, runtimeHandler) {
      const answer = await change('RunPodSandbox', {
        config: encodeSandboxConfig(config),
        runtime_handler: runtimeHandler,
      });
      return text(answer.pod_sandbox_id);
    },
    async stopPodSandbox(id) {
      await ignoreNotFound(change('StopPodSandbox', { pod_sandbox_id: id }));
    },
    async removePodSandbox(id) {
      await ignoreNotFound(change('RemovePodSandbox', { pod_sandbox_id: id }));
    },
    async listPodSandboxes(filter) {
      const answer = await look('ListPodSandbox', { filter: { label_selector: selectorOf(filter?.podUid) } });
      return list(answer.items).map(parse.parseSandbox);
    },
    async podSandboxStatus(id) {
      const answer = await ignoreNotFound(look('PodSandboxStatus', { pod_sandbox_id: id }));
      return answer && parse.parseSandboxStatus(record(answer.status));
    },
    async portForward({ sandboxId, ports }) {
      return text((await look('PortForward', { pod_sandbox_id: sandboxId, port: ports })).url);
    },
  };
}

type ContainerCalls = Pick<
  ContainerRuntime,
  | 'createContainer'
  | 'startContainer'
  | 'stopContainer'
  | 'removeContainer'
  | 'listContainers'
  | 'containerStatus'
  | 'updateContainerResources'
  | 'reopenContainerLog'
  | 'execSync'
  | 'exec'
  | 'attach'
  | 'listContainerStats'
  | 'listPodNetworkStats'
>;

const outputLimitBytes = 16 * 1024;

function containerCalls(look: Call, change: Call, connection: CriConnection): ContainerCalls {
  return {
    async createContainer(sandboxId, config, sandboxConfig) {
      const answer = await change('CreateContainer', {
        pod_sandbox_id: sandboxId,
        config: encodeContainerConfig(config),
        sandbox_config: encodeSandboxConfig(sandboxConfig),
      });
      return text(answer.container_id);
    },
    async startContainer(id) {
      await change('StartContainer', { container_id: id });
    },
    async stopContainer(id, timeoutSeconds) {
      const timeoutMs = changeMs + timeoutSeconds * 1000;
      const request = { container_id: id, timeout: timeoutSeconds };
      await ignoreNotFound(connection.call('StopContainer', request, { timeoutMs }));
    },
    async removeContainer(id) {
      await ignoreNotFound(change('RemoveContainer', { container_id: id }));
    },
    async listContainers(filter) {
      const answer = await look('ListContainers', { filter: { label_selector: selectorOf(filter?.podUid) } });
      return list(answer.containers).map(parse.parseContainer);
    },
    async containerStatus(id) {
      const answer = await ignoreNotFound(look('ContainerStatus', { container_id: id }));
      return answer && parse.parseContainerStatus(record(answer.status));
    },
    async updateContainerResources(id, resources) {
      await change('UpdateContainerResources', { container_id: id, linux: encodeResources(resources) });
    },
    async reopenContainerLog(id) {
      await change('ReopenContainerLog', { container_id: id });
    },
    async execSync(id, command, timeoutSeconds) {
      const timeoutMs = timeoutSeconds > 0 ? timeoutSeconds * 1000 + lookMs : 0;
      const request = { container_id: id, cmd: command, timeout: timeoutSeconds };
      const answer = await connection.call('ExecSync', request, { timeoutMs });
      return {
        exitCode: number(answer.exit_code),
        stdout: output(answer.stdout),
        stderr: output(answer.stderr),
      };
    },
    async exec(request) {
      return text((await look('Exec', streamRequest(request, { cmd: request.command }))).url);
    },
    async attach(request) {
      return text((await look('Attach', streamRequest(request, {}))).url);
    },
    async listContainerStats() {
      return list((await look('ListContainerStats')).stats).map(parse.parseStats);
    },
    async listPodNetworkStats() {
      return list((await look('ListPodSandboxStats')).stats).map(parse.parseNetworkStats);
    },
  };
}

type ImageCalls = Pick<
  ContainerRuntime,
  'imageStatus' | 'pullImage' | 'listImages' | 'removeImage' | 'imageFsInfo'
>;

function imageCalls(look: Call, connection: CriConnection): ImageCalls {
  return {
    async imageStatus(image) {
      const answer = await ignoreNotFound(look('ImageStatus', { image: { image } }));
      return answer && parse.parseImage(answer.image);
    },
    async pullImage(image, auth, signal) {
      const request = {
        image: { image },
        ...(auth && {
          auth: {
            username: auth.username ?? '',
            password: auth.password ?? '',
            auth: auth.auth ?? '',
            identity_token: auth.identityToken ?? '',
            registry_token: auth.registryToken ?? '',
          },
        }),
      };
      return text((await connection.call('PullImage', request, { timeoutMs: 0, signal })).image_ref);
    },
    async listImages() {
      const images = list((await look('ListImages')).images);
      return images.flatMap((image) => parse.parseImage(image) ?? []);
    },
    async removeImage(image) {
      await ignoreNotFound(connection.call('RemoveImage', { image: { image } }, { timeoutMs: changeMs }));
    },
    async imageFsInfo() {
      const answer = await look('ImageFsInfo');
      const systems = [...list(answer.image_filesystems), ...list(answer.container_filesystems)];
      const sum = (field: 'used_bytes' | 'inodes_used') =>
        systems.reduce((total, system) => total + number(record(system[field]).value), 0);
      return { usedBytes: sum('used_bytes'), inodesUsed: sum('inodes_used') };
    },
  };
}

function selectorOf(podUid: string | undefined): Record<string, string> {
  return podUid === undefined ? {} : { 'io.kubernetes.pod.uid': podUid };
}

function streamRequest(
  request: { id: string; tty: boolean; stdin: boolean; stdout: boolean; stderr: boolean },
  more: object,
): object {
  const { id, tty, stdin, stdout, stderr } = request;
  return { container_id: id, tty, stdin, stdout, stderr, ...more };
}

async function ignoreNotFound<T>(call: Promise<T>): Promise<T | undefined> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof RuntimeError && error.kind === 'NotFound') return undefined;
    throw error;
  }
}

function output(value: unknown): string {
  return Buffer.isBuffer(value) ? value.subarray(0, outputLimitBytes).toString() : '';
}
