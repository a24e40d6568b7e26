import { deploymentKind } from '@shared/kinds/apps/deployment/kind.ts';
import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { namespaceKind } from '@shared/kinds/core/namespace/kind.ts';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { startTestCluster, type TestCluster } from '../../../testing/cluster.ts';
import { callHttps } from '../../../testing/https.ts';
import { bindValidating, clear, refusal, rulesFor } from './policies.test-fixture.ts';

let cluster: TestCluster;
beforeAll(async () => {
  cluster = await startTestCluster();
});
afterEach(() => clear(cluster));
afterAll(() => cluster.close());

const namespace = 'default';
const map = (name: string, data: Record<string, string> = {}, labels: Record<string, string> = {}) => ({
  metadata: { name, namespace, labels },
  data,
});
const create = (name: string, data?: Record<string, string>, labels?: Record<string, string>) =>
  cluster.client.create(configMapKind, map(name, data, labels));

describe('a validating policy', () => {
  it('refuses what its expressions refuse, with its message', async () => {
    await bindValidating(cluster, 'sized', {
      validations: [
        { expression: 'size(object.data) <= 1' },
        { expression: '!("bad" in object.data)', message: 'nothing bad here', reason: 'Forbidden' },
        {
          expression: '!("worse" in object.data)',
          messageExpression: '"worse is " + object.data.worse + " in " + namespaceObject.metadata.name',
        },
      ],
    });
    await create('fine', { a: '1' });
    expect(await refusal(create('a', { a: '1', b: '2' }))).toEqual({
      kind: 'Status',
      apiVersion: 'v1',
      metadata: {},
      status: 'Failure',
      message:
        "configmaps \"a\" is forbidden: ValidatingAdmissionPolicy 'sized' with binding 'sized-binding' denied request: failed expression: size(object.data) <= 1",
      reason: 'Invalid',
      details: {
        name: 'a',
        kind: 'configmaps',
        causes: [
          {
            message:
              "ValidatingAdmissionPolicy 'sized' with binding 'sized-binding' denied request: failed expression: size(object.data) <= 1",
          },
        ],
      },
      code: 422,
    });
    expect(await refusal(create('a', { bad: '1' }))).toMatchObject({
      reason: 'Forbidden',
      code: 403,
      message: expect.stringContaining('denied request: nothing bad here'),
    });
    expect((await refusal(create('a', { worse: '1' }))).message).toContain(
      'denied request: worse is 1 in default',
    );
  });

  it('ends where its expressions have cost too much, one alone or all together', async () => {
    const pairs = (count: number) => `lists.range(${count}).all(x, lists.range(${count}).all(y, x + y >= 0))`;
    await bindValidating(cluster, 'costly', {
      matchConditions: [{ name: 'not-free', expression: 'object.metadata.name != "free"' }],
      variables: [{ name: 'some', expression: pairs(350) }],
      validations: [
        { expression: 'object.metadata.name != "one" || !variables.some' },
        { expression: `object.metadata.name != "cancelled" || ${pairs(400)}` },
        ...Array.from({ length: 12 }, () => ({
          expression: `object.metadata.name != "all" || ${pairs(350)}`,
        })),
      ],
    });
    await create('free');
    await create('fine');
    expect((await refusal(create('cancelled'))).message).toContain(
      `denied request: expression 'object.metadata.name != "cancelled" || ${pairs(400)}' resulted in error: operation cancelled: actual cost limit exceeded`,
    );
    expect((await refusal(create('all'))).message).toContain(
      'denied request: validation failed due to running out of cost budget, no further validation rules will be run',
    );
    await clear(cluster);
    await bindValidating(cluster, 'conditions', {
      matchConditions: Array.from({ length: 3 }, (_, i) => ({ name: `c${i}`, expression: pairs(350) })),
      validations: [{ expression: 'true' }],
    });
    expect((await refusal(create('a'))).message).toContain(
      'denied request: validation failed due to running out of cost budget, no further validation rules will be run',
    );
  });

  it('has variables, evaluated when they are needed, and sees request, authorizer and the old object', async () => {
    await bindValidating(cluster, 'v', {
      variables: [
        { name: 'keys', expression: 'has(object.data) ? object.data : {}' },
        { name: 'count', expression: 'size(variables.keys)' },
        { name: 'broken', expression: 'object.data.nothing' },
        { name: 'maySecrets', expression: 'authorizer.group("").resource("secrets").check("get").allowed()' },
      ],
      validations: [
        { expression: 'variables.count < 3 || variables.broken == "x"' },
        { expression: 'variables.maySecrets && request.userInfo.username == "system:apiserver"' },
        {
          expression: 'request.operation == "CREATE" || oldObject.data == object.data',
          message: 'immutable',
        },
        { expression: 'authorizer.requestResource.check("update").allowed()' },
        {
          expression:
            'has(request.namespace) && !has(request.subResource) && !has(request.userInfo.uid) && request.kind.kind == "ConfigMap" && request.resource.resource == "configmaps" && "system:masters" in request.userInfo.groups && !request.dryRun && request.options.kind.endsWith("Options") && request.?subResource.orValue("none") == "none"',
        },
      ],
    });
    await create('a', { x: '1' });
    expect((await refusal(create('b', { x: '1', y: '2', z: '3' }))).message).toMatch(
      /denied request: expression 'variables.count < 3 \|\| variables.broken == "x"' resulted in error: composited variable "broken" fails to evaluate: no such key: nothing$/,
    );
    expect((await refusal(cluster.client.update(configMapKind, map('a', { x: '2' })))).message).toContain(
      'denied request: immutable',
    );
  });

  it('is judged by its conditions, rules, exclusions, names and selectors first', async () => {
    await cluster.client.create(namespaceKind, { metadata: { name: 'free', labels: { free: 'yes' } } });
    await bindValidating(
      cluster,
      'v',
      {
        matchConstraints: {
          ...rulesFor('configmaps'),
          excludeResourceRules: [{ ...rulesFor('configmaps').resourceRules[0], resourceNames: ['special'] }],
          objectSelector: { matchExpressions: [{ key: 'skip', operator: 'DoesNotExist' }] },
        },
        matchConditions: [{ name: 'no-tests', expression: '!object.metadata.name.startsWith("test-")' }],
        validations: [{ expression: 'false' }],
      },
      {
        matchResources: {
          namespaceSelector: { matchExpressions: [{ key: 'free', operator: 'DoesNotExist' }] },
        },
      },
    );
    await create('special');
    await create('test-1');
    await create('other', {}, { skip: 'me' });
    await cluster.client.create(configMapKind, { metadata: { name: 'a', namespace: 'free' } });
    expect((await refusal(create('a'))).message).toContain('failed expression: false');
  });

  it('warns and notes instead of refusing where the binding says so', async () => {
    await bindValidating(
      cluster,
      'v',
      {
        validations: [{ expression: 'size(object.data) == 0', message: 'has data' }],
        auditAnnotations: [{ key: 'data', valueExpression: '"x"' }],
      },
      { validationActions: ['Warn', 'Audit'] },
    );
    const answer = await callHttps(cluster, {
      method: 'POST',
      path: '/api/v1/namespaces/default/configmaps',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(map('a', { a: 'b' })),
    });
    expect(answer.status).toBe(201);
    expect(answer.headers.warning).toContain(
      "Validation failed for ValidatingAdmissionPolicy 'v' with binding 'v-binding': has data",
    );
  });

  it('whose expressions fail refuses, unless failures are ignored', async () => {
    const validations = [{ expression: 'object.data.nothing == "x"' }];
    await bindValidating(cluster, 'v', { validations });
    expect((await refusal(create('a', { x: '1' }))).message).toContain(
      'denied request: expression \'object.data.nothing == "x"\' resulted in error: no such key: nothing',
    );
    await clear(cluster);
    await bindValidating(cluster, 'v', { validations, failurePolicy: 'Ignore' });
    await create('a', { x: '1' });
  });

  it('is parametrized by objects, named or selected', async () => {
    await create('limit', { max: '1' }, { param: 'yes' });
    await create('limit2', { max: '0' }, { param: 'selected' });
    const spec = {
      paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
      matchConditions: [{ name: 'new', expression: 'oldObject == null' }],
      validations: [
        {
          expression: 'size(object.data) <= int(params.data.max)',
          messageExpression: '"at most " + params.data.max',
        },
      ],
    };
    await bindValidating(cluster, 'v', spec, {
      paramRef: { name: 'limit', parameterNotFoundAction: 'Deny' },
    });
    await create('fine', { a: '1' });
    expect((await refusal(create('a', { a: '1', b: '2' }))).message).toContain('denied request: at most 1');
    await cluster.client.delete(configMapKind, { namespace, name: 'limit' });
    expect((await refusal(create('a'))).message).toContain(
      'denied request: failed to configure binding: no params found for policy binding with `Deny` parameterNotFoundAction',
    );
    await clear(cluster);
    await create('limit', { max: '1' }, { param: 'selected' });
    await create('limit2', { max: '0' }, { param: 'selected' });
    await bindValidating(cluster, 'w', spec, {
      paramRef: { selector: { matchLabels: { param: 'selected' } }, parameterNotFoundAction: 'Allow' },
    });
    expect((await refusal(create('b', { a: '1' }))).message).toContain('denied request: at most 0');
    await clear(cluster);
    await bindValidating(cluster, 'w', spec, {
      paramRef: { name: 'nothing', parameterNotFoundAction: 'Allow' },
    });
    await create('b', { a: '1', b: '2' });
  });

  it('judges in the version it names, whatever version a request speaks', async () => {
    await bindValidating(cluster, 'v', {
      matchConstraints: rulesFor('horizontalpodautoscalers', {
        apiGroups: ['autoscaling'],
        apiVersions: ['v2'],
      }),
      validations: [{ expression: '!has(object.spec.metrics)', message: 'seen as v2' }],
    });
    const scaler = {
      apiVersion: 'autoscaling/v1',
      kind: 'HorizontalPodAutoscaler',
      metadata: { name: 'h' },
      spec: {
        maxReplicas: 3,
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'd' },
        targetCPUUtilizationPercentage: 50,
      },
    };
    const path = '/apis/autoscaling/v1/namespaces/default/horizontalpodautoscalers';
    const { message } = await refusal(
      cluster.client.transport.request({ method: 'POST', path, body: scaler }),
    );
    expect(message).toContain('seen as v2');
  });

  it('judges deletions by what there was', async () => {
    await bindValidating(cluster, 'v', {
      matchConstraints: rulesFor('configmaps', { operations: ['DELETE'] }),
      validations: [{ expression: 'object == null && !("keep" in oldObject.data)' }],
    });
    await create('a', { keep: '1' });
    await create('b', { x: '1' });
    await cluster.client.delete(configMapKind, { namespace, name: 'b' });
    await refusal(cluster.client.delete(configMapKind, { namespace, name: 'a' }));
    await cluster.client.update(configMapKind, map('a', { x: '1' }));
  });

  it('judges replicas of a deployment', async () => {
    await bindValidating(cluster, 'v', {
      matchConstraints: rulesFor('deployments', { apiGroups: ['apps'] }),
      validations: [{ expression: 'object.spec.replicas <= 5' }],
    });
    const deployment = (replicas: number) => ({
      metadata: { name: `d${replicas}`, namespace },
      spec: {
        replicas,
        selector: { matchLabels: { a: 'b' } },
        template: {
          metadata: { labels: { a: 'b' } },
          spec: { containers: [{ name: 'c', image: 'i' }] },
        },
      },
    });
    await cluster.client.create(deploymentKind, deployment(5));
    expect((await refusal(cluster.client.create(deploymentKind, deployment(6)))).message).toBe(
      "deployments.apps \"d6\" is forbidden: ValidatingAdmissionPolicy 'v' with binding 'v-binding' denied request: failed expression: object.spec.replicas <= 5",
    );
  });
});
