import { workloadWarnings } from '../../core/pod/pod-warnings.ts';
import { defaultTemplate } from '../../core/pod/template-defaults.ts';
import type { Strategy } from '../../define.ts';
import type { ReplicaSet } from '../../wire.ts';
import {
  validateReplicaSet,
  validateReplicaSetStatusUpdate,
  validateReplicaSetUpdate,
} from './replica-set-validation.ts';

export const replicaSetStrategy: Strategy<ReplicaSet> = {
  defaults(replicaSet) {
    const spec = replicaSet.spec ?? {};
    replicaSet.spec = spec;
    spec.replicas ??= 1;
    defaultTemplate(spec);
  },
  prepareForCreate(replicaSet) {
    replicaSet.status = { replicas: 0 };
  },
  validate: validateReplicaSet,
  validateUpdate: validateReplicaSetUpdate,
  validateStatusUpdate: validateReplicaSetStatusUpdate,
  warnings: workloadWarnings,
};
