import { mutatingAdmissionPolicyKind } from '@shared/kinds/admissionregistration/mutating-admission-policy/kind.ts';
import { mutatingWebhookConfigurationKind } from '@shared/kinds/admissionregistration/mutating-webhook-configuration/kind.ts';
import { validatingAdmissionPolicyKind } from '@shared/kinds/admissionregistration/validating-admission-policy/kind.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { refusal, rulesFor } from './policies.test-fixture.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster({ https: false });
});
afterAll(() => cluster.close());

/** `field: message`, the first line of each, of everything a spec is refused for. */
async function problems(kind: AnyKind, body: object): Promise<string[]> {
  const { details } = await refusal(cluster.client.create(kind, { metadata: { name: 'p' }, ...body }));
  return (details?.causes ?? []).map(({ field, message = '' }) => `${field}: ${message.split('\n')[0]}`);
}
const broken = (text: string) => `Invalid value: "${text}": compilation failed: ERROR: <input>:1:`;
const undeclared = (text: string, name: string) =>
  `${broken(text)}1: undeclared reference to '${name}' (in container '')`;

describe('everything that is wrong is told at once, expressions and the rest', () => {
  it('of validating policies', async () => {
    const errors = await problems(validatingAdmissionPolicyKind, {
      spec: {
        failurePolicy: 'Perhaps',
        matchConditions: [
          { name: '', expression: ' object.x( ' },
          { name: 'v', expression: 'variables.a' },
        ],
        variables: [
          { name: 'a', expression: 'nobody' },
          { name: '1', expression: '1' },
          { name: 'e', expression: ' ' },
          { name: 'rights', expression: 'authorizer.group("").resource("pods").check("get").allowed()' },
        ],
        validations: [
          { expression: 'variables.later == 1', messageExpression: '1 + 1' },
          { expression: 'params.x', messageExpression: 'string(authorizer.serviceAccount("a", "b"))' },
          { expression: '', messageExpression: ' ' },
          { expression: 'variables.rights', messageExpression: 'string(variables.rights)' },
        ],
        auditAnnotations: [{ key: 'k', valueExpression: ' [1] ' }],
      },
    });
    expect(errors).toEqual([
      'spec.failurePolicy: Unsupported value: "Perhaps": supported values: "Fail", "Ignore"',
      'spec.matchConstraints: Required value',
      'spec.matchConditions[0].name: Required value',
      'spec.variables[1].name: Invalid value: "1": must be a valid CEL identifier',
      'spec.variables[2].expression: Required value: expression is not specified',
      'spec.validations[2].expression: Required value: expression is not specified',
      'spec.validations[2].messageExpression: Invalid value: " ": must be non-empty if specified',
      `spec.matchConditions[0].expression: ${broken('object.x(')}10: Syntax error: mismatched input '<EOF>'`,
      `spec.matchConditions[1].expression: ${undeclared('variables.a', 'variables')}`,
      `spec.variables[0].expression: ${undeclared('nobody', 'nobody')}`,
      `spec.validations[0].expression: ${broken('variables.later == 1')}10: undefined field 'later'`,
      'spec.validations[0].messageExpression: Invalid value: "1 + 1": must evaluate to string but got int',
      `spec.validations[1].expression: ${undeclared('params.x', 'params')}`,
      expect.stringMatching(
        /^spec\.validations\[1\]\.messageExpression: .*undeclared reference to 'authorizer'/,
      ),
      'spec.auditAnnotations[0].valueExpression: Invalid value: " [1] ": must evaluate to one of [string null_type] but got list<int>',
    ]);
  });

  it('of mutating policies', async () => {
    const errors = await problems(mutatingAdmissionPolicyKind, {
      spec: {
        matchConstraints: rulesFor('configmaps', { operations: ['CREATE', 'DELETE'] }),
        matchConditions: [{ name: 'c', expression: '1' }],
        mutations: [
          { patchType: 'JSONPatch', jsonPatch: { expression: 'nobody' } },
          { patchType: 'ApplyConfiguration', applyConfiguration: { expression: '"x"' } },
          { patchType: 'Other', jsonPatch: { expression: '[]' } },
          {},
        ],
      },
    });
    expect(errors).toEqual([
      'spec.matchConstraints.resourceRules.operations: Unsupported value: "DELETE": supported values: "*", "CONNECT", "CREATE", "UPDATE"',
      'spec.mutations[2].patchType: Unsupported value: "Other": supported values: "ApplyConfiguration", "JSONPatch"',
      'spec.mutations[3].patchType: Required value',
      'spec.reinvocationPolicy: Required value',
      'spec.matchConditions[0].expression: Invalid value: "1": must evaluate to bool but got int',
      `spec.mutations[0].jsonPatch.expression: ${undeclared('nobody', 'nobody')}`,
      'spec.mutations[1].applyConfiguration.expression: Invalid value: "\\"x\\"": must evaluate to Object but got string',
    ]);
  });

  it('of webhooks', async () => {
    const errors = await problems(mutatingWebhookConfigurationKind, {
      webhooks: [{ name: 'a', matchConditions: [{ name: 'c', expression: 'params.x' }] }],
    });
    expect(errors).toEqual([
      'webhooks[0].name: Invalid value: "a": should be a domain with at least three segments separated by dots',
      'webhooks[0].sideEffects: Required value: must specify one of None, NoneOnDryRun',
      'webhooks[0].clientConfig: Required value: exactly one of url or service is required',
      'webhooks[0].admissionReviewVersions: Required value: must specify one of v1, v1beta1',
      `webhooks[0].matchConditions[0].expression: ${undeclared('params.x', 'params')}`,
    ]);
  });
});
