import { existsSync, readFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { AppError } from '@shared/lib/app-error.ts';
import type { AppInfo, DockerState } from '@shared/rpc/contract.ts';
import { clusterPaths } from './data-dir.ts';
import type { CallTable } from './gateway/rpc-socket.ts';
import { mergeKubeconfig } from './kubeconfig-merge.ts';
import type { Lifecycle } from './lifecycle/lifecycle.ts';
import type { Operations } from './operations/operations.ts';
import { parseClusterName, parseCreate, parseNodeAdd, parseText, parseTexts } from './parse-params.ts';
import type { ClusterRegistry } from './registry.ts';
import type { SettingsFile } from './settings.ts';

/** What the app's calls act upon. */
export interface CallContext {
  readonly registry: ClusterRegistry;
  readonly operations: Operations;
  readonly lifecycle: Lifecycle;
  readonly settings: SettingsFile;
  readonly info: Pick<AppInfo, 'version' | 'kubernetesVersion' | 'dataDir' | 'shell'>;
  dockerState(): DockerState;
}

/** The app's RPC, call by call. Parameters are parsed here, where they enter. */
export function createCalls(context: CallContext): CallTable {
  const { registry, operations, lifecycle, settings } = context;
  const existing = (value: unknown): string => {
    const name = parseClusterName(value);
    if (!registry.names().includes(name)) {
      throw new AppError({
        code: 'NotFound',
        message: `There is no cluster "${name}".`,
        remedy: 'See "slipway cluster list".',
      });
    }
    return name;
  };

  const kubeconfigOf = (value: unknown): string => {
    const name = existing(value);
    const file = clusterPaths.kubeconfig(registry.dir(name));
    if (existsSync(file)) return file;
    throw new AppError({
      code: 'NotFound',
      message: `Cluster "${name}" has no kubeconfig: it never ran.`,
      remedy: 'It is written when the cluster starts.',
    });
  };

  return {
    'app.info': async () => ({
      ...context.info,
      docker: context.dockerState(),
      host: { cpus: cpus().length, memoryBytes: totalmem() },
    }),
    'cluster.list': async () => registry.list(),
    'cluster.create': async (params) => ({ operationId: lifecycle.create(parseCreate(params)) }),
    'cluster.start': async (params) => ({ operationId: lifecycle.start(existing(params.name)) }),
    'cluster.stop': async (params) => ({ operationId: lifecycle.stop(existing(params.name)) }),
    'cluster.delete': async (params) => ({ operationId: lifecycle.delete(existing(params.name)) }),
    'cluster.kubeconfig': async (params) => ({ yaml: readFileSync(kubeconfigOf(params.name), 'utf8') }),
    'cluster.mergeKubeconfig': async (params) =>
      mergeKubeconfig(readFileSync(kubeconfigOf(params.name), 'utf8')),
    'node.add': async (params) => ({
      operationId: lifecycle.nodes.add(existing(params.cluster), parseNodeAdd(params)),
    }),
    'node.remove': async (params) => ({
      operationId: lifecycle.nodes.remove(existing(params.cluster), parseText(params.node, 'node')),
    }),
    'image.load': async (params) => ({
      operationId: lifecycle.nodes.loadImages(existing(params.cluster), parseTexts(params.images, 'images')),
    }),
    'operation.list': async () => operations.list(),
    'operation.cancel': async (params) => {
      operations.cancel(parseText(params.operationId, 'operationId'));
      return {};
    },
    'settings.get': async () => settings.get(),
    'settings.set': async (params) => settings.set(params),
  };
}
