import { describe, expect, it } from 'vitest';
import { createErrors } from '../../testing.ts';
import type { PodSpec } from '../../wire.ts';
import { podKind } from './kind.ts';

function errorsOf(spec: Partial<PodSpec>): string[] {
  const containers = [{ name: 'main', image: 'web' }];
  return createErrors(podKind, { metadata: { name: 'a' }, spec: { containers, ...spec } });
}

function userErrors(runAsUserName: string): string[] {
  return errorsOf({ securityContext: { windowsOptions: { runAsUserName } } }).map((text) =>
    text.replace(/^spec.securityContext.windowsOptions.runAsUserName: Invalid value: "[\s\S]*": /, ''),
  );
}

describe('what only Windows has', () => {
  it.each<[string, string[]]>([
    ['ContainerUser', []],
    ['NT AUTHORITY\\NETWORK SERVICE', []],
    ['', ['runAsUserName cannot be an empty string']],
    ['a\tb', ['runAsUserName cannot contain control characters']],
    ['a\\b\\c', ['runAsUserName cannot contain more than one backslash']],
    ['a|b\\c', ["runAsUserName's Domain doesn't match the NetBios nor the DNS format"]],
    ['a\\', ["runAsUserName's User cannot be empty"]],
    ['. .', ["runAsUserName's User cannot contain only periods or spaces"]],
    [`${'x'.repeat(105)}`, ["runAsUserName's User length must not be longer than 104 characters"]],
    ['a/b', ['runAsUserName\'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]']],
  ])('a user %j', (name, expected) => {
    expect(userErrors(name)).toEqual(expected);
  });

  it('a credential spec has a name and some bytes', () => {
    const windowsOptions = { gmsaCredentialSpec: '', gmsaCredentialSpecName: 'a b' };
    expect(errorsOf({ securityContext: { windowsOptions } }).map((text) => text.slice(0, 110))).toEqual([
      'spec.securityContext.windowsOptions.gmsaCredentialSpecName: Invalid value: "a b": a lowercase RFC 1123 subdoma',
      'spec.securityContext.windowsOptions.gmsaCredentialSpec: Invalid value: "": gmsaCredentialSpec cannot be an emp',
    ]);
  });

  it('processes of the host are all of a pod or none, on its network', () => {
    const hostProcess = { windowsOptions: { hostProcess: true } };
    const containers = [
      { name: 'main', image: 'web', securityContext: hostProcess },
      { name: 'other', image: 'web', securityContext: { windowsOptions: { hostProcess: false } } },
    ];
    expect(errorsOf({ containers, securityContext: hostProcess })).toEqual([
      'spec.containers[1].securityContext.windowsOptions.hostProcess: Invalid value: false: pod hostProcess value must be identical if both are specified, was true',
      'spec: Invalid value: "": If pod contains any hostProcess containers then all containers must be HostProcess containers',
      'spec.hostNetwork: Invalid value: false: hostNetwork must be true if pod contains any hostProcess containers',
    ]);
    expect(errorsOf({ securityContext: hostProcess, hostNetwork: true })).toEqual([]);
  });
});

describe('a pod for one operating system', () => {
  const options = { windowsOptions: { runAsUserName: 'ContainerUser' } };

  it.each<[string, Partial<PodSpec>, string[]]>([
    ['without a name', { os: { name: '' } }, ['spec.os.name: Required value']],
    [
      'that nobody knows',
      { os: { name: 'plan9' } },
      ['spec.os: Unsupported value: "plan9": supported values: "linux", "windows"'],
    ],
    [
      'Linux, with fields of Windows',
      {
        os: { name: 'linux' },
        securityContext: options,
        initContainers: [{ name: 'init', image: 'web', securityContext: options }],
      },
      [
        'spec.securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod',
        'spec.initContainers[0].securityContext.windowsOptions: Forbidden: windows options cannot be set for a linux pod',
      ],
    ],
    [
      'Windows, with fields of Linux',
      {
        os: { name: 'windows' },
        hostPID: true,
        resources: { limits: { cpu: '1' } },
        securityContext: { runAsUser: 1, sysctls: [], ...options },
        containers: [{ name: 'main', image: 'web', securityContext: { privileged: false, ...options } }],
      },
      [
        'spec.resources: Forbidden: may not be set for a windows pod',
        'spec.hostPID: Forbidden: cannot be set for a windows pod',
        'spec.securityContext.runAsUser: Forbidden: cannot be set for a windows pod',
        'spec.containers[0].securityContext.privileged: Forbidden: cannot be set for a windows pod',
      ],
    ],
  ])('%s', (_title, spec, expected) => {
    expect(errorsOf(spec)).toEqual(expected);
  });
});
