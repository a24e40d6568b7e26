import { expect, test } from 'vitest';
import { toYaml } from './to-yaml.ts';

const object = {
  status: { phase: 'Running' },
  spec: { nodeName: 'a' },
  metadata: { uid: '1', labels: { app: 'web' }, managedFields: [], name: 'web' },
  kind: 'Pod',
  apiVersion: 'v1',
};

test('fields stand in the order people write them in, the name first, the status last', () => {
  expect(toYaml(object)).toBe(
    [
      'apiVersion: v1',
      'kind: Pod',
      'metadata:',
      '  name: web',
      '  labels:',
      '    app: web',
      '  uid: "1"',
      'spec:',
      '  nodeName: a',
      'status:',
      '  phase: Running',
      '',
    ].join('\n'),
  );
});

test('without the status on request', () => {
  expect(toYaml(object, { withStatus: false })).not.toContain('status');
});
