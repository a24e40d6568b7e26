import { describe, expect, it } from 'vitest';
import { created, createErrors } from '../../testing.ts';
import type { ReplicationController } from '../../wire.ts';
import { replicationControllerKind } from './kind.ts';

const labels = { app: 'web' };

const pod = { containers: [{ name: 'main', image: 'web:1' }] };

const template = { metadata: { labels }, spec: pod };

const metadata = { name: 'web', namespace: 'default' };

describe('a replication controller', () => {
  const controller = (spec: NonNullable<ReplicationController['spec']>): ReplicationController => ({
    metadata,
    spec,
  });

  it('takes labels and selector from its template', () => {
    expect(created(replicationControllerKind, controller({ template }))).toMatchObject({
      metadata: { ...metadata, labels },
      spec: { replicas: 1, selector: labels },
      status: { replicas: 0 },
    });
  });

  it.each<[string, NonNullable<ReplicationController['spec']>, string[]]>([
    ['nothing', {}, ['spec.selector: Required value', 'spec.template: Required value']],
    [
      'a selector that does not fit',
      { selector: { app: 'db' }, template, replicas: -1 },
      [
        'spec.replicas: Invalid value: -1: must be greater than or equal to 0',
        'spec.template.metadata.labels: Invalid value: {"app":"web"}: `selector` does not match template `labels`',
      ],
    ],
    [
      'pods that end',
      { template: { metadata: { labels }, spec: { ...pod, restartPolicy: 'OnFailure' } } },
      ['spec.template.spec.restartPolicy: Unsupported value: "OnFailure": supported values: "Always"'],
    ],
  ])('with %s', (_title, spec, expected) => {
    expect(createErrors(replicationControllerKind, controller(spec))).toEqual(expected);
  });
});
