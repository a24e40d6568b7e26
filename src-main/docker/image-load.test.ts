import { describe, expect, it } from 'vitest';
import { hasSameImage } from './image-load.ts';
import { fullImageName } from './image-name.ts';

describe('fullImageName', () => {
  it.each([
    ['busybox', 'docker.io/library/busybox:latest'],
    ['busybox:1', 'docker.io/library/busybox:1'],
    ['team/app', 'docker.io/team/app:latest'],
    ['docker.io/busybox', 'docker.io/library/busybox:latest'],
    ['localhost/app', 'localhost/app:latest'],
    ['localhost:5000/app', 'localhost:5000/app:latest'],
    ['registry.example.com/a/b/c:v1', 'registry.example.com/a/b/c:v1'],
    ['busybox@sha256:abc', 'docker.io/library/busybox@sha256:abc'],
  ])('%s is %s', (name, full) => {
    expect(fullImageName(name)).toBe(full);
  });
});

describe('hasSameImage', () => {
  const name = 'docker.io/library/app:1';
  const listing = (...rows: [string, string][]) =>
    [
      'REF TYPE DIGEST SIZE PLATFORMS LABELS',
      ...rows.map(
        ([reference, digest]) =>
          `${reference}   application/vnd.oci.image.manifest.v1+json ${digest} 1.0 MiB linux/amd64 -`,
      ),
    ].join('\n');

  it('knows an image by the digest of its configuration, or of its manifest', () => {
    const rows = listing([name, 'sha256:manifest'], ['sha256:config', 'sha256:manifest']);
    expect(hasSameImage(rows, name, 'sha256:config')).toBe(true);
    expect(hasSameImage(rows, name, 'sha256:manifest')).toBe(true);
  });

  it('tells a newer build under the same name, and a name that is missing', () => {
    const rows = listing([name, 'sha256:old'], ['sha256:config', 'sha256:new']);
    expect(hasSameImage(rows, name, 'sha256:config')).toBe(false);
    expect(hasSameImage(rows, 'docker.io/library/other:1', 'sha256:config')).toBe(false);
    expect(hasSameImage('', name, 'sha256:config')).toBe(false);
  });
});
