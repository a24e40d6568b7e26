import type { Strategy } from '../../define.ts';
import type { ReplicationController } from '../../wire.ts';
import { workloadWarnings } from '../pod/pod-warnings.ts';
import { defaultTemplate } from '../pod/template-defaults.ts';
import { validateController, validateControllerStatusUpdate } from './controller-validation.ts';

export const controllerStrategy: Strategy<ReplicationController> = {
  defaults(controller) {
    const { spec } = controller;
    if (!spec) return;
    const labels = spec.template?.metadata?.labels;
    if (labels && Object.keys(labels).length > 0) {
      if (Object.keys(spec.selector ?? {}).length === 0) spec.selector = { ...labels };
      if (Object.keys(controller.metadata?.labels ?? {}).length === 0) {
        controller.metadata = { ...controller.metadata, labels: { ...labels } };
      }
    }
    spec.replicas ??= 1;
    if (spec.template) defaultTemplate(spec);
  },
  prepareForCreate(controller) {
    controller.status = { replicas: 0 };
  },
  validate: validateController,
  validateStatusUpdate: validateControllerStatusUpdate,
  warnings: workloadWarnings,
};
