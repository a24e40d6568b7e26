import { ApiError } from '@shared/api/status.ts';
import { mutatingAdmissionPolicyKind } from '@shared/kinds/admissionregistration/mutating-admission-policy/kind.ts';
import { mutatingAdmissionPolicyBindingKind } from '@shared/kinds/admissionregistration/mutating-admission-policy-binding/kind.ts';
import { validatingAdmissionPolicyKind } from '@shared/kinds/admissionregistration/validating-admission-policy/kind.ts';
import { validatingAdmissionPolicyBindingKind } from '@shared/kinds/admissionregistration/validating-admission-policy-binding/kind.ts';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import type {
  MutatingAdmissionPolicy,
  MutatingAdmissionPolicyBinding,
  ValidatingAdmissionPolicy,
  ValidatingAdmissionPolicyBinding,
} from '@shared/kinds/wire.ts';
import { expect } from 'vitest';
import type { TestCluster } from '../../../testing/cluster.ts';

type Rule = NonNullable<
  NonNullable<NonNullable<ValidatingAdmissionPolicy['spec']>['matchConstraints']>['resourceRules']
>[number];

/** Creations and changes of a resource of the core group. */
export const rulesFor = (resource: string, rest: Partial<Rule> = {}): { resourceRules: Rule[] } => ({
  resourceRules: [
    {
      operations: ['CREATE', 'UPDATE'],
      apiGroups: [''],
      apiVersions: ['v1'],
      resources: [resource],
      ...rest,
    },
  ],
});

/** A policy for config maps, unless something else is said, bound once. */
export async function bindValidating(
  { client }: TestCluster,
  name: string,
  spec: Partial<NonNullable<ValidatingAdmissionPolicy['spec']>>,
  binding: Partial<NonNullable<ValidatingAdmissionPolicyBinding['spec']>> = {},
): Promise<void> {
  await client.create(validatingAdmissionPolicyKind, {
    metadata: { name },
    spec: { matchConstraints: rulesFor('configmaps'), ...spec },
  });
  await client.create(validatingAdmissionPolicyBindingKind, {
    metadata: { name: `${name}-binding` },
    spec: { policyName: name, validationActions: ['Deny'], ...binding },
  });
}

export async function bindMutating(
  { client }: TestCluster,
  name: string,
  spec: Partial<NonNullable<MutatingAdmissionPolicy['spec']>>,
  binding: Partial<NonNullable<MutatingAdmissionPolicyBinding['spec']>> = {},
): Promise<void> {
  await client.create(mutatingAdmissionPolicyKind, {
    metadata: { name },
    spec: { matchConstraints: rulesFor('configmaps'), reinvocationPolicy: 'Never', ...spec },
  });
  await client.create(mutatingAdmissionPolicyBindingKind, {
    metadata: { name: `${name}-binding` },
    spec: { policyName: name, ...binding },
  });
}

/** Takes every policy and binding away, and the config maps of the default namespace. */
export async function clear({ client }: TestCluster): Promise<void> {
  const kinds: readonly AnyKind[] = [
    mutatingAdmissionPolicyKind,
    mutatingAdmissionPolicyBindingKind,
    validatingAdmissionPolicyKind,
    validatingAdmissionPolicyBindingKind,
  ];
  for (const kind of kinds) {
    const { items } = await client.list(kind);
    for (const { metadata } of items) await client.delete(kind, { name: metadata?.name ?? '' });
  }
  const { items } = await client.list(configMapKind, { namespace: 'default' });
  for (const { metadata } of items)
    await client.delete(configMapKind, { namespace: 'default', name: metadata?.name ?? '' });
}

export async function refusal(call: Promise<unknown>): Promise<ApiError['status']> {
  const error = await call.then(
    () => expect.unreachable('the call succeeded'),
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw error;
  return error.status;
}
