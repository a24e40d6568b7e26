import { maxLogBytes, maxLogFiles } from '../logs/rotate.ts';
import { maxPods } from '../node/node-status.ts';
import { believedMs } from './access.ts';

/** `/configz`: how this kubelet is set up, in the words of KubeletConfiguration (kubelet.config.k8s.io/v1beta1). */
export function kubeletConfiguration({
  dns,
  port,
}: {
  readonly dns: { readonly server: string; readonly domain: string };
  readonly port: number;
}): object {
  const seconds = (ms: number) => `${ms / 1000}s`;
  return {
    kind: 'KubeletConfiguration',
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    enableServer: true,
    address: '0.0.0.0',
    port,
    readOnlyPort: 0,
    authentication: {
      x509: {},
      webhook: { enabled: true, cacheTTL: seconds(believedMs.token) },
      anonymous: { enabled: false },
    },
    authorization: {
      mode: 'Webhook',
      webhook: {
        cacheAuthorizedTTL: seconds(believedMs.allowed),
        cacheUnauthorizedTTL: seconds(believedMs.denied),
      },
    },
    clusterDomain: dns.domain,
    clusterDNS: [dns.server],
    nodeStatusUpdateFrequency: '10s',
    nodeStatusReportFrequency: '5m0s',
    nodeLeaseDurationSeconds: 40,
    cgroupDriver: 'cgroupfs',
    cgroupsPerQOS: true,
    enforceNodeAllocatable: [],
    maxPods,
    podPidsLimit: -1,
    containerLogMaxSize: `${maxLogBytes / 2 ** 20}Mi`,
    containerLogMaxFiles: maxLogFiles,
    containerRuntimeEndpoint: 'unix:///run/containerd/containerd.sock',
    enableDebuggingHandlers: true,
    enableSystemLogHandler: true,
    enableProfilingHandler: false,
    failSwapOn: false,
  };
}
