import type { CertificateTools } from '@shared/api/certificate-request.ts';
import type { ControlLoop } from '@shared/controller/run-controllers.ts';
import { bootstrapSigner } from './bootstrap-token/bootstrap-signer.ts';
import { tokenCleaner } from './bootstrap-token/token-cleaner.ts';
import { certificateApprover } from './certificates/approver.ts';
import { certificateCleaner } from './certificates/cleaner.ts';
import { certificateSigner } from './certificates/signer.ts';
import { clusterRoleAggregation } from './cluster-role-aggregation/controller.ts';
import { deploymentController } from './deployment/controller.ts';
import { disruptionController } from './disruption/controller.ts';
import { endpointSliceController } from './endpoint-slice/controller.ts';
import { endpointSliceMirroring } from './endpoint-slice-mirroring/controller.ts';
import { endpointsController } from './endpoints/controller.ts';
import { garbageCollector } from './garbage-collector/controller.ts';
import { namespaceController } from './namespace/controller.ts';
import { nodeLifecycleController } from './node-lifecycle/controller.ts';
import { podGc } from './pod-gc/controller.ts';
import { replicaController } from './replica-set/controller.ts';
import { replicaSets, replicationControllers } from './replica-set/replicated.ts';
import { resourceQuotaController } from './resource-quota/controller.ts';
import { rootCaPublisher } from './root-ca-publisher/controller.ts';
import { serviceAccountController } from './service-account/controller.ts';
import { type IssueSecretToken, serviceAccountTokens } from './service-account-token/controller.ts';
import { taintEvictionController } from './taint-eviction/controller.ts';
import { claimProtection, volumeProtection } from './volume-protection/controller.ts';

export interface ControllersOptions {
  /** Certificate authority of the API server, PEM. */
  readonly caCertificate: string;
  /** Reads and signs certificate requests; absent: they are only cleaned up. */
  readonly certificates?: CertificateTools;
  /** Makes tokens for Secrets; absent: such Secrets stay empty. */
  readonly issueSecretToken?: IssueSecretToken;
}

/** Every built-in control loop, for `runControllers`. A new one is one line here. */
export function createControllers(options: ControllersOptions): readonly ControlLoop[] {
  const { caCertificate, certificates, issueSecretToken } = options;
  return [
    namespaceController,
    serviceAccountController,
    rootCaPublisher(caCertificate),
    clusterRoleAggregation,
    tokenCleaner,
    bootstrapSigner,
    certificateCleaner,
    ...(certificates ? [certificateApprover(certificates), certificateSigner(certificates)] : []),
    ...(issueSecretToken ? [serviceAccountTokens(caCertificate, issueSecretToken)] : []),
    deploymentController,
    replicaController(replicaSets),
    replicaController(replicationControllers),
    endpointSliceController,
    endpointSliceMirroring,
    endpointsController,
    garbageCollector,
    nodeLifecycleController(),
    taintEvictionController,
    podGc,
    claimProtection,
    disruptionController,
    resourceQuotaController,
    volumeProtection,
  ];
}
