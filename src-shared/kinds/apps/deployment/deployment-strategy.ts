import { workloadWarnings } from '../../core/pod/pod-warnings.ts';
import { defaultTemplate } from '../../core/pod/template-defaults.ts';
import type { Strategy } from '../../define.ts';
import type { Deployment } from '../../wire.ts';
import {
  validateDeployment,
  validateDeploymentStatusUpdate,
  validateDeploymentUpdate,
} from './deployment-validation.ts';

export const deploymentStrategy: Strategy<Deployment> = {
  defaults(deployment) {
    const spec = deployment.spec ?? {};
    deployment.spec = spec;
    spec.replicas ??= 1;
    spec.strategy ??= {};
    spec.strategy.type ||= 'RollingUpdate';
    if (spec.strategy.type === 'RollingUpdate') {
      spec.strategy.rollingUpdate = {
        maxUnavailable: '25%',
        maxSurge: '25%',
        ...spec.strategy.rollingUpdate,
      };
    }
    spec.revisionHistoryLimit ??= 10;
    spec.progressDeadlineSeconds ??= 600;
    defaultTemplate(spec);
  },
  prepareForCreate(deployment) {
    deployment.status = {};
  },
  validate: validateDeployment,
  validateUpdate: validateDeploymentUpdate,
  validateStatusUpdate: validateDeploymentStatusUpdate,
  warnings: workloadWarnings,
};
