/**
 * An image name in full, as containerd keeps it: `busybox` → `docker.io/library/busybox:latest`. A name with a
 * digest keeps it and gets no tag. Follows the reference grammar of github.com/distribution/reference.
 */
export function fullImageName(name: string): string {
  const slash = name.indexOf('/');
  const first = slash < 0 ? '' : name.slice(0, slash);
  const hasRegistry = first.includes('.') || first.includes(':') || first === 'localhost';
  const registry = hasRegistry ? first : 'docker.io';
  const rest = hasRegistry ? name.slice(slash + 1) : name;
  const path = registry === 'docker.io' && !rest.includes('/') ? `library/${rest}` : rest;
  const hasTag = path.includes('@') || path.slice(path.lastIndexOf('/') + 1).includes(':');
  return `${registry}/${path}${hasTag ? '' : ':latest'}`;
}
