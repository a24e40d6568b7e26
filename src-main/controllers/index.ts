import type { ControlLoop } from '@shared/controller/run-controllers.ts';
import { deploymentController } from './deployment/controller.ts';
import { endpointSliceController } from './endpoint-slice/controller.ts';
import { endpointsController } from './endpoints/controller.ts';
import { garbageCollector } from './garbage-collector/controller.ts';
import { namespaceController } from './namespace/controller.ts';
import { nodeLifecycleController } from './node-lifecycle/controller.ts';
import { podGc } from './pod-gc/controller.ts';
import { replicaSetController } from './replica-set/controller.ts';
import { rootCaPublisher } from './root-ca-publisher/controller.ts';
import { serviceAccountController } from './service-account/controller.ts';
import { taintEvictionController } from './taint-eviction/controller.ts';
import { claimProtection, volumeProtection } from './volume-protection/controller.ts';

export interface ControllersOptions {
  /** Certificate authority of the API server, PEM. */
  readonly caCertificate: string;
}

/** Every built-in control loop, for `runControllers`. A new one is one line here. */
export function createControllers(options: ControllersOptions): readonly ControlLoop[] {
  return [
    namespaceController,
    serviceAccountController,
    rootCaPublisher(options.caCertificate),
    deploymentController,
    replicaSetController(),
    endpointSliceController,
    endpointsController,
    garbageCollector,
    nodeLifecycleController(),
    taintEvictionController,
    podGc,
    claimProtection,
    volumeProtection,
  ];
}
