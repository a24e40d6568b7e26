/**
 * The tag of an image reference as the container runtime will read it: `latest` when neither tag nor digest
 * is given, '' when only a digest is. Undefined for what is no reference at all.
 * https://kubernetes.io/docs/concepts/containers/images/#image-names
 */
export function imageTag(reference: string): string | undefined {
  if (reference === '' || /\s/.test(reference)) return undefined;
  const at = reference.indexOf('@');
  const name = at < 0 ? reference : reference.slice(0, at);
  const lastSlash = name.lastIndexOf('/');
  const colon = name.indexOf(':', lastSlash + 1);
  if (colon >= 0) return name.slice(colon + 1);
  return at < 0 ? 'latest' : '';
}

/** `Always` for `:latest`, `IfNotPresent` for every other image. */
export function defaultPullPolicy(reference: string): 'Always' | 'IfNotPresent' {
  return imageTag(reference) === 'latest' ? 'Always' : 'IfNotPresent';
}
