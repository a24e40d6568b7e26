import type { DeepReadonly, Unchecked } from '../../../lib/types.ts';
import type { CustomResourceDefinition } from '../../wire.ts';
import type { JsonSchema } from '../json-schema.ts';

/** A definition that is served. */
export type Crd = DeepReadonly<CustomResourceDefinition>;
export type CrdVersion = Crd['spec']['versions'][number];
export type CrdNames = Crd['spec']['names'];
/** A definition before it is validated, which served ones are as well. */
export type UncheckedCrd = Unchecked<CustomResourceDefinition>;
type Condition = NonNullable<NonNullable<UncheckedCrd['status']>['conditions']>[number];

/** Held by every definition that is being deleted until its last object is gone. */
export const cleanupFinalizer = 'customresourcecleanup.apiextensions.k8s.io';

export const crdGroup = 'apiextensions.k8s.io';

export function conditionOf(crd: UncheckedCrd, type: string): Condition | undefined {
  return crd.status?.conditions?.find((condition) => condition.type === type);
}

export function isConditionTrue(crd: UncheckedCrd, type: string): boolean {
  return conditionOf(crd, type)?.status === 'True';
}

/** The version objects are stored in. Valid definitions have exactly one. */
export function storageVersionOf(crd: UncheckedCrd): string {
  return crd.spec?.versions?.find(({ storage }) => storage)?.name ?? '';
}

/** The schema of a version; undefined when it has none. */
export function schemaOf(version: Unchecked<CrdVersion>): JsonSchema | undefined {
  return version.schema?.openAPIV3Schema as JsonSchema | undefined;
}
