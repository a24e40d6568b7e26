import { describe, expect, it } from 'vitest';
import { createErrors } from '../../testing.ts';
import type { Container, Pod, PodSpec, Volume } from '../../wire.ts';
import { podKind } from './kind.ts';

function pod(spec: Partial<PodSpec>): Pod {
  return {
    metadata: { name: 'a', namespace: 'default' },
    spec: { containers: [{ name: 'main', image: 'web' }], ...spec },
  };
}

function errorsOf(spec: Partial<PodSpec>): string[] {
  return createErrors(podKind, pod(spec));
}

function containerErrors(container: Partial<Container>, more: Partial<PodSpec> = {}): string[] {
  return errorsOf({ containers: [{ name: 'main', image: 'web', ...container }], ...more }).map((text) =>
    text.replace('spec.containers[0]', ''),
  );
}

function volumeErrors(volume: Partial<Volume>): string[] {
  return errorsOf({ serviceAccountName: 'default', volumes: [{ name: 'v', ...volume }] }).map((text) =>
    text.replace('spec.volumes[0]', ''),
  );
}

describe('volumes', () => {
  it.each<[string, Partial<Volume>, string[]]>([
    [
      'two sources',
      { emptyDir: {}, secret: { secretName: 's' } },
      ['.secret: Forbidden: may not specify more than 1 volume type'],
    ],
    ['no secret name', { secret: {} }, ['.secret.secretName: Required value']],
    ['no config map name', { configMap: {} }, ['.configMap.name: Required value']],
    [
      'a mode that is none',
      { configMap: { name: 'c', defaultMode: 0o1000 } },
      [
        '.configMap.defaultMode: Invalid value: 512: must be a number between 0 and 0777 (octal), both inclusive',
      ],
    ],
    [
      'a file outside',
      { configMap: { name: 'c', items: [{ key: 'k', path: '../x' }] } },
      ['.configMap.items[0].path: Invalid value: "../x": must not contain \'..\''],
    ],
    [
      'an absolute file',
      { secret: { secretName: 's', items: [{ key: 'k', path: '/x' }] } },
      ['.secret.items[0].path: Invalid value: "/x": must be a relative path'],
    ],
    [
      'a file of the kubelet',
      { secret: { secretName: 's', items: [{ key: 'k', path: '..data' }] } },
      ['.secret.items[0].path: Invalid value: "..data": must not start with \'..\''],
    ],
    ['no path', { hostPath: { path: '' } }, ['.hostPath.path: Required value']],
    [
      'an unknown type of path',
      { hostPath: { path: '/x', type: 'Tree' } },
      [
        '.hostPath.type: Unsupported value: "Tree": supported values: "", "BlockDevice", "CharDevice", "Directory", "DirectoryOrCreate", "File", "FileOrCreate", "Socket"',
      ],
    ],
    [
      'no claim',
      { persistentVolumeClaim: { claimName: '' } },
      ['.persistentVolumeClaim.claimName: Required value'],
    ],
    [
      'a token too short',
      { projected: { sources: [{ serviceAccountToken: { path: 't', expirationSeconds: 60 } }] } },
      [
        '.projected.sources[0].serviceAccountToken.expirationSeconds: Invalid value: 60: may not specify a duration less than 10 minutes',
      ],
    ],
    [
      'two files at one path',
      {
        projected: {
          sources: [
            { configMap: { name: 'a', items: [{ key: 'x', path: 'p' }] } },
            { secret: { name: 'b', items: [{ key: 'x', path: 'p' }] } },
          ],
        },
      },
      ['.projected: Invalid value: "b": conflicting duplicate paths'],
    ],
  ])('with %s are refused', (_title, volume, expected) => {
    expect(volumeErrors(volume)).toEqual(expected);
  });

  it('have names of their own', () => {
    expect(errorsOf({ volumes: [{ name: 'v' }, { name: 'v' }, { name: '' }] })).toEqual([
      'spec.volumes[1].name: Duplicate value: "v"',
      'spec.volumes[2].name: Required value',
    ]);
  });

  it('with tokens need a service account', () => {
    const volumes = [{ name: 'v', projected: { sources: [{ serviceAccountToken: { path: 't' } }] } }];
    expect(errorsOf({ volumes })).toEqual([
      'spec.volumes[0].projected.sources[0].serviceAccountToken: Forbidden: must not be specified when serviceAccountName is not set',
    ]);
  });

  it('are mounted where nothing else is', () => {
    const mount = { name: 'v', mountPath: '/v' };
    expect(containerErrors({ volumeMounts: [mount, mount] }, { volumes: [{ name: 'v' }] })).toEqual([
      '.volumeMounts[1].mountPath: Invalid value: "/v": must be unique',
    ]);
  });
});
