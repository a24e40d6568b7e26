import { describe, expect, it } from 'vitest';
import { created, createErrors, row } from '../../testing.ts';
import type { APIService } from '../../wire.ts';
import { apiServiceKind } from './kind.ts';

type Spec = NonNullable<APIService['spec']>;

const base: Spec = {
  group: 'metrics.k8s.io',
  version: 'v1',
  groupPriorityMinimum: 100,
  versionPriority: 100,
};
const service = { name: 'metrics', namespace: 'kube-system' };
const apiService = (fields: Partial<Spec> = {}, name = 'v1.metrics.k8s.io'): APIService => ({
  metadata: { name, creationTimestamp: '2026-01-01T00:00:00Z' },
  spec: { ...base, ...fields },
});

describe('API services', () => {
  it('of this server are available at once', () => {
    expect(created(apiServiceKind, apiService()).status?.conditions).toEqual([
      {
        type: 'Available',
        status: 'True',
        reason: 'Local',
        message: 'Local APIServices are always available',
        lastTransitionTime: '2026-01-01T00:00:00Z',
      },
    ]);
    expect(created(apiServiceKind, apiService({ service }))).toEqual(
      apiService({ service: { ...service, port: 443 } }),
    );
  });

  it('are named by version and group', () => {
    expect(createErrors(apiServiceKind, apiService({ service }))).toEqual([]);
    expect(createErrors(apiServiceKind, apiService({}, 'metrics'))).toEqual([
      'metadata.name: Invalid value: "metrics": must be `spec.version+"."+spec.group`: "v1.metrics.k8s.io"',
    ]);
  });

  it.each<[string, Partial<Spec>, string[]]>([
    [
      'priorities out of range',
      { groupPriorityMinimum: 20001, versionPriority: 0 },
      [
        'spec.groupPriorityMinimum: Invalid value: 20001: must be positive and less than 20000',
        'spec.versionPriority: Invalid value: 0: must be positive and less than 1000',
      ],
    ],
    [
      'certificates without a server',
      { caBundle: 'aGVsbG8=', insecureSkipTLSVerify: true },
      [
        'spec.caBundle: Invalid value: "5 bytes": local APIServices may not have a caBundle',
        'spec.insecureSkipTLSVerify: Invalid value: true: local APIServices may not have insecureSkipTLSVerify',
      ],
    ],
    [
      'a server that is trusted and is not',
      { service: { port: 0 }, caBundle: 'aGVsbG8=', insecureSkipTLSVerify: true },
      [
        'spec.service.namespace: Required value',
        'spec.service.name: Required value',
        'spec.service.port: Invalid value: 0: port is not valid: must be between 1 and 65535, inclusive',
        'spec.insecureSkipTLSVerify: Invalid value: true: may not be true if caBundle is present',
      ],
    ],
  ])('have no %s', (_name, fields, errors) => {
    expect(createErrors(apiServiceKind, apiService(fields))).toEqual(errors);
  });

  it('of the core group are of version 1', () => {
    expect(createErrors(apiServiceKind, apiService({ group: '' }, 'v1.'))).toEqual([]);
    expect(createErrors(apiServiceKind, apiService({ group: '', version: 'v2' }, 'v2.'))).toEqual([
      'spec.group: Required value: only v1 may have an empty group and it better be legacy kube',
    ]);
  });

  it('show who answers, and whether', () => {
    const conditions = [{ type: 'Available', status: 'False', reason: 'MissingEndpoints' }];
    expect(row(apiServiceKind.columns, { ...apiService({ service }), status: { conditions } })).toMatchObject(
      {
        Service: 'kube-system/metrics',
        Available: 'False (MissingEndpoints)',
      },
    );
    expect(row(apiServiceKind.columns, created(apiServiceKind, apiService()))).toMatchObject({
      Service: 'Local',
      Available: 'True',
    });
  });
});
