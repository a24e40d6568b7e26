import { describe, expect, it } from 'vitest';
import {
  configMapKeyErrors,
  dns1035LabelErrors,
  dnsLabelErrors,
  dnsSubdomainErrors,
  envVarNameErrors,
  isDnsLabel,
  isDnsSubdomain,
  isLabelValue,
  isQualifiedName,
  labelValueErrors,
  pathSegmentErrors,
  portNameErrors,
  qualifiedNameErrors,
  wildcardSubdomainErrors,
} from './names.ts';

describe('names', () => {
  it.each(['a', 'a-b', '0a', 'a'.repeat(63)])('%j is a DNS label', (name) => {
    expect(isDnsLabel(name)).toBe(true);
  });

  it('explains what is wrong with a DNS label in the words of Kubernetes', () => {
    expect(dnsLabelErrors('a.b')).toEqual(['must not contain dots']);
    expect(dnsLabelErrors('A')).toEqual([
      "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')",
    ]);
    expect(dnsLabelErrors('a'.repeat(64))).toEqual(['must be no more than 63 characters']);
    expect(dnsLabelErrors('-'.repeat(64))).toHaveLength(2);
  });

  it('explains what is wrong with a DNS subdomain', () => {
    expect(isDnsSubdomain('a.b-c.d')).toBe(true);
    expect(dnsSubdomainErrors('a..b')).toEqual([
      "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')",
    ]);
    expect(dnsSubdomainErrors('a'.repeat(254))).toEqual(['must be no more than 253 characters']);
  });

  it('wants a letter first in DNS-1035 labels', () => {
    expect(dns1035LabelErrors('a1')).toEqual([]);
    expect(dns1035LabelErrors('1a')).toEqual([
      "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')",
    ]);
  });

  it.each(['a', 'A_b.c-d', 'example.com/Name', 'kubernetes.io/a', 'x'.repeat(63)])(
    '%j is a qualified name',
    (name) => {
      expect(isQualifiedName(name)).toBe(true);
    },
  );

  it('explains what is wrong with a qualified name', () => {
    const rule =
      "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')";
    expect(qualifiedNameErrors('')).toEqual(['name part must be non-empty', `name part ${rule}`]);
    expect(qualifiedNameErrors('/a')).toEqual(['prefix part must be non-empty']);
    expect(qualifiedNameErrors('a b')).toEqual([`name part ${rule}`]);
    expect(qualifiedNameErrors('x'.repeat(64))).toEqual(['name part must be no more than 63 bytes']);
    expect(qualifiedNameErrors('UPPER.com/a')[0]).toMatch(/^prefix part a lowercase RFC 1123 subdomain/);
    expect(qualifiedNameErrors('a/b/c')).toEqual([
      `a valid label key ${rule} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
    ]);
  });

  it('checks label values', () => {
    expect(isLabelValue('')).toBe(true);
    expect(isLabelValue('v1.2_3')).toBe(true);
    expect(labelValueErrors('a b')).toEqual([
      "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')",
    ]);
    expect(labelValueErrors('x'.repeat(64))).toEqual(['must be no more than 63 bytes']);
    expect(isLabelValue('a\n')).toBe(false);
  });

  it('checks keys, variables, ports and path segments', () => {
    expect(configMapKeyErrors('key.name')).toEqual([]);
    expect(configMapKeyErrors('..')).toEqual(["must not be '..'"]);
    expect(configMapKeyErrors('..a')).toEqual(["must not start with '..'"]);
    expect(configMapKeyErrors('a/b')).toHaveLength(1);
    expect(envVarNameErrors('A_B.c-d')).toEqual([]);
    expect(envVarNameErrors('A=B')).toHaveLength(1);
    expect(envVarNameErrors('')).toEqual(['environment variable name must be non-empty']);
    expect(portNameErrors('http')).toEqual([]);
    expect(portNameErrors('-a--b')).toEqual([
      'must not contain consecutive hyphens',
      'must not begin or end with a hyphen',
    ]);
    expect(portNameErrors('80')).toEqual(['must contain at least one letter (a-z)']);
    expect(pathSegmentErrors('system:node')).toEqual([]);
    expect(pathSegmentErrors('..')).toEqual(["may not be '..'"]);
    expect(pathSegmentErrors('a/b%')).toEqual(["may not contain '/'", "may not contain '%'"]);
    expect(wildcardSubdomainErrors('*.example.com')).toEqual([]);
    expect(wildcardSubdomainErrors('*')).toHaveLength(1);
  });

  it('answers at once for hostile lengths', () => {
    const long = `${'a-'.repeat(500_000)}!`;
    expect(isDnsLabel(long) || isDnsSubdomain(long) || isQualifiedName(long) || isLabelValue(long)).toBe(
      false,
    );
  });
});
