import type { JsonObject } from '@shared/lib/types.ts';
import type { AdmissionRequest } from '../admission.ts';

const optionKinds = {
  CREATE: 'CreateOptions',
  UPDATE: 'UpdateOptions',
  DELETE: 'DeleteOptions',
  CONNECT: '',
} as const;

/** `options` of an admission review: what was asked for beside the object. */
export function operationOptions({ operation, options, deleteOptions }: AdmissionRequest): JsonObject {
  const kind = optionKinds[operation];
  const { asked } = options;
  const dryRun = options.dryRun && { dryRun: ['All'] };
  if (operation === 'DELETE') return { kind, apiVersion: 'meta.k8s.io/v1', ...deleteOptions, ...dryRun };
  const manager = asked?.fieldManager;
  const validation = asked?.fieldValidation;
  return {
    kind,
    apiVersion: 'meta.k8s.io/v1',
    ...dryRun,
    ...(manager && { fieldManager: manager }),
    ...(validation && { fieldValidation: validation }),
  };
}
