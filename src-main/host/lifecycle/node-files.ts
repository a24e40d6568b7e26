import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ClusterConfig, DockerNodeConfig, NodeAgentConfig } from '@shared/rpc/cluster-config.ts';
import type { NodeSize } from '@shared/rpc/contract.ts';
import { issueNodeCertificate } from '../../cluster/pki.ts';
import type { NodeFile } from '../../docker/container-files.ts';
import { nodePaths } from '../../docker/node-container.ts';
import { clusterPaths } from '../data-dir.ts';

/** Everything a node is given before it starts: the agent, its certificates and its configuration. */
export async function nodeFiles(wanted: {
  config: ClusterConfig;
  dir: string;
  node: DockerNodeConfig;
  size: NodeSize;
  outDir: string;
}): Promise<readonly NodeFile[]> {
  const { config, dir, node, size, outDir } = wanted;
  const { ca, cert, key } = await issueNodeCertificate(clusterPaths.pki(dir), {
    nodeName: node.name,
    ips: [node.ip, '127.0.0.1'],
  });
  const agentConfig: NodeAgentConfig = {
    version: 1,
    nodeName: node.name,
    nodeIp: node.ip,
    apiServer: `https://${apiHost(config)}:${config.apiPort}`,
    podCidr: node.podCidr,
    network: config.network,
    kubeletEndpoint: `127.0.0.1:${node.kubeletHostPort}`,
    size,
  };
  return [
    { path: nodePaths.agentBundle, content: await readFile(agentBundle(outDir)) },
    { path: nodePaths.nodeConfig, content: JSON.stringify(agentConfig, null, 2) },
    { path: `${nodePaths.configDir}/ca.crt`, content: ca },
    { path: `${nodePaths.configDir}/kubelet.crt`, content: cert },
    { path: `${nodePaths.configDir}/kubelet.key`, content: key, mode: 0o600 },
  ];
}

/** In a package the agent lies beside the archive, since containers cannot read from it. */
function agentBundle(outDir: string): string {
  const { resourcesPath } = process as NodeJS.Process & { resourcesPath?: string };
  return outDir.includes('.asar') && resourcesPath
    ? join(resourcesPath, 'agent/node-agent.cjs')
    : join(outDir, 'agent/node-agent.cjs');
}

/**
 * Where a node reaches the API server on the host: Docker's gateway address on Linux, where the server listens on
 * it; Docker Desktop leads `host.docker.internal` to the host's 127.0.0.1.
 */
function apiHost(config: ClusterConfig): string {
  return process.platform === 'linux' ? (config.network.gateway ?? '127.0.0.1') : 'host.docker.internal';
}
