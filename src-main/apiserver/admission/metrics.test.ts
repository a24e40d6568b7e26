import { configMapKind } from '@shared/kinds/core/config-map/kind.ts';
import { expect, it } from 'vitest';
import { startTestCluster } from '../../testing/cluster.ts';
import { callHttps } from '../../testing/https.ts';
import { bindValidating } from './policies/policies.test-fixture.ts';
import { configure, startWebhookServer, webhook } from './webhooks/webhook.test-fixture.ts';

it('what webhooks and policies decided is counted, by Kubernetes’ names', async () => {
  const [cluster, hooks] = await Promise.all([startTestCluster(), startWebhookServer()]);
  const create = (name: string) =>
    cluster.client.create(configMapKind, { metadata: { name, namespace: 'default' } }).then(
      () => 'created',
      () => 'refused',
    );
  await configure(cluster, 'mutating', 'm', [webhook(hooks, '/change')]);
  await configure(cluster, 'validating', 'v', [
    webhook(hooks, '/judge'),
    webhook(hooks, '/away', { failurePolicy: 'Ignore' }),
  ]);
  hooks.on('/judge', ({ name }) => ({ allowed: name !== 'bad', status: { code: 403 } }));
  hooks.on('/away', () => ({ code: 500 }));
  await bindValidating(cluster, 'p', { validations: [{ expression: 'object.metadata.name != "worse"' }] });
  expect(await Promise.all(['good', 'bad', 'worse'].map(create))).toEqual(['created', 'refused', 'refused']);
  const { text } = await callHttps(cluster, { path: '/metrics' });
  const lines = text.split('\n').filter((line) => /admission_(webhook|policy).*[} ]\d+$/.test(line));
  expect(lines.filter((line) => !line.includes('duration_seconds')).toSorted()).toEqual([
    'apiserver_admission_webhook_fail_open_count{name="away.example.com",type="validating"} 2',
    'apiserver_admission_webhook_rejection_count{error_type="no_error",name="judge.example.com",operation="CREATE",rejection_code="403",type="validating"} 1',
    'apiserver_admission_webhook_request_total{code="0",name="away.example.com",operation="CREATE",rejected="false",type="validating"} 2',
    'apiserver_admission_webhook_request_total{code="200",name="change.example.com",operation="CREATE",rejected="false",type="admit"} 3',
    'apiserver_admission_webhook_request_total{code="200",name="judge.example.com",operation="CREATE",rejected="false",type="validating"} 1',
    'apiserver_admission_webhook_request_total{code="403",name="judge.example.com",operation="CREATE",rejected="true",type="validating"} 1',
    'apiserver_validating_admission_policy_check_total{enforcement_action="allow",error_type="no_error",policy="p",policy_binding="p-binding"} 2',
    'apiserver_validating_admission_policy_check_total{enforcement_action="deny",error_type="invalid_error",policy="p",policy_binding="p-binding"} 1',
  ]);
  const duration = 'apiserver_admission_webhook_admission_duration_seconds_count';
  expect(lines).toContain(
    `${duration}{name="change.example.com",operation="CREATE",rejected="false",type="admit"} 3`,
  );
  expect(text).toContain('kubernetes_build_info{major="1",minor="36"');
  await cluster.close();
  await hooks.close();
});
