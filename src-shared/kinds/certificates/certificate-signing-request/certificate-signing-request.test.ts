import { describe, expect, it } from 'vitest';
import { row } from '../../testing.ts';
import { certificateSigningRequestKind } from './kind.ts';

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
});
