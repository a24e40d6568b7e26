import type { AdmissionModule } from './admission.ts';
import { namespaceLifecycle } from './namespace-lifecycle.ts';

/** Every admission module, in the order they run. A new one is one line here. */
export const admissionModules: readonly AdmissionModule[] = [namespaceLifecycle];
