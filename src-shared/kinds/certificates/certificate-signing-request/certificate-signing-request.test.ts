import { describe, expect, it } from 'vitest';
import type { FieldError } from '../../../api/status.ts';
import { row } from '../../testing.ts';
import type { CertificateSigningRequest } from '../../wire.ts';
import { certificateSigningRequestKind } from './kind.ts';
import { checkConditions, keepVerdicts, stampConditions } from './request-status.ts';
import { checkRequestSpec } from './request-validation.ts';

type Spec = Partial<CertificateSigningRequest['spec']>;
type Condition = Partial<NonNullable<NonNullable<CertificateSigningRequest['status']>['conditions']>[number]>;

const texts = (errors: readonly FieldError[]) => errors.map(({ field, message }) => `${field}: ${message}`);
const label =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')";
const withConditions = (...conditions: Condition[]) => ({
  status: { conditions: conditions.map((condition) => ({ status: 'True', ...condition })) },
});

describe('a certificate signing request', () => {
  it.each<[string, string[], string?]>([
    ['Pending', []],
    ['Approved', ['Approved']],
    ['Denied', ['Approved', 'Denied']],
    ['Pending,Failed', ['Failed']],
    ['Approved,Failed', ['Failed', 'Approved']],
    ['Approved,Issued', ['Approved'], 'Y2VydA=='],
  ])('is listed as %s', (text, types, certificate) => {
    const request = {
      spec: { request: '', signerName: 'a.b/c' },
      status: {
        conditions: types.map((type) => ({ type, status: 'True' })),
        ...(certificate !== undefined && { certificate }),
      },
    };
    expect(row(certificateSigningRequestKind.columns, request).Condition).toBe(text);
  });

  it.each<[string, Spec, string[]]>([
    ['no fault', {}, []],
    [
      'nothing at all',
      { usages: [], signerName: '' },
      ['spec.usages: Required value', 'spec.signerName: Required value'],
    ],
    [
      'the same use twice',
      { usages: ['client auth', 'client auth'] },
      ['spec.usages[1]: Duplicate value: "client auth"'],
    ],
    [
      'a signer of no domain',
      { signerName: 'Signer' },
      [
        'spec.signerName: Invalid value: "Signer": must be a fully qualified domain and path of the form \'example.com/signer-name\'',
      ],
    ],
    [
      'a signer of a short domain',
      { signerName: 'Corp/signer' },
      [
        `spec.signerName: Invalid value: "Corp": validating label "Corp": ${label}`,
        'spec.signerName: Invalid value: "Corp": should be a domain with at least two segments separated by dots',
      ],
    ],
    [
      'a signer of old times and no time to sign',
      { signerName: 'kubernetes.io/legacy-unknown', expirationSeconds: 599 },
      [
        'spec.signerName: Invalid value: "kubernetes.io/legacy-unknown": the legacy signerName is not allowed via this API version',
        'spec.expirationSeconds: Invalid value: 599: may not specify a duration less than 600 seconds (10 minutes)',
      ],
    ],
  ])('asks with %s', (_title, spec, expected) => {
    const asked = { request: '', signerName: 'example.com/a.b', usages: ['client auth'], ...spec };
    expect(texts(checkRequestSpec('spec', asked))).toEqual(expected);
  });

  it('knows what keys are used for', () => {
    const [error] = checkRequestSpec('spec', { signerName: 'example.com/a', usages: ['fun'] });
    expect(error?.message).toMatch(/^Unsupported value: "fun": supported values: "any", .* "timestamping"$/);
  });

  it.each<[string, Condition[], Condition[], boolean, string[]]>([
    ['is approved', [{ type: 'Approved' }], [], true, []],
    [
      'is not approved through its status',
      [{ type: 'Approved' }],
      [],
      false,
      ['status.conditions: Forbidden: updates may not add a condition of type "Approved"'],
    ],
    [
      'is not approved and denied',
      [{ type: 'Approved' }, { type: 'Denied' }],
      [{ type: 'Approved' }],
      true,
      ['status.conditions: Invalid value: "Denied": Approved and Denied conditions are mutually exclusive'],
    ],
    [
      'stays denied',
      [],
      [{ type: 'Denied' }],
      true,
      ['status.conditions: Forbidden: updates may not remove a condition of type "Denied"'],
    ],
    [
      'says clearly what holds',
      [{ type: 'Failed', status: 'False' }, { type: '', status: '' }, { type: 'Failed' }],
      [],
      false,
      [
        'status.conditions[0].status: Unsupported value: "False": supported values: "True"',
        'status.conditions[1].type: Required value',
        'status.conditions[1].status: Required value',
        'status.conditions[2].type: Duplicate value: "Failed"',
      ],
    ],
  ])('%s', (_title, now, old, mayApprove, expected) => {
    expect(texts(checkConditions(withConditions(...now), withConditions(...old), mayApprove))).toEqual(
      expected,
    );
  });

  it('keeps verdicts and the times of what holds already', () => {
    const now = '2026-01-01T12:00:00Z';
    const before = '2026-01-01T11:00:00Z';
    const old = withConditions({ type: 'Approved', reason: 'Yes', lastTransitionTime: before });
    const draft = withConditions({ type: 'Approved', reason: 'Other' }, { type: 'Failed' });
    keepVerdicts(draft, old);
    stampConditions(draft, old, now);
    expect(draft.status.conditions).toEqual([
      { type: 'Approved', status: 'True', reason: 'Yes', lastUpdateTime: now, lastTransitionTime: before },
      { type: 'Failed', status: 'True', lastUpdateTime: now, lastTransitionTime: now },
    ]);
  });
});
