/** A reference taken apart, in the runtime's normal form. */
export interface ImageName {
  /** e.g. `docker.io`. */
  readonly registry: string;
  /** e.g. `library/busybox`. */
  readonly repository: string;
  /** What the runtime is asked for: the user's text with a tag, `busybox:latest`. */
  readonly reference: string;
}

const component = '[a-z0-9]+(?:(?:[._]|__|[-]+)[a-z0-9]+)*';
const domainPart = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const domain = `(?:${domainPart}(?:\\.${domainPart})*|\\[[a-fA-F0-9:]+\\])(?::[0-9]+)?`;
const pattern = new RegExp(
  `^(?:(${domain})/)?(${component}(?:/${component})*)(?::(\\w[\\w.-]{0,127}))?(?:@([a-z0-9]+(?:[.+_-][a-z0-9]+)*:[0-9a-fA-F]{32,}))?$`,
);

/** Undefined when `text` is no image reference. Source: the grammar of distribution/reference. */
export function parseImageName(text: string): ImageName | undefined {
  if (/^[a-f0-9]{64}$/.test(text)) return undefined;
  const slash = text.indexOf('/');
  const head = slash < 0 ? '' : text.slice(0, slash);
  // Without a dot, a port or capitals the first part belongs to the repository: `library/busybox`.
  const hasDomain = /[.:]/.test(head) || head === 'localhost' || head !== head.toLowerCase();
  const match = pattern.exec(hasDomain ? text : `docker.io/${slash < 0 ? 'library/' : ''}${text}`);
  if (!match) return undefined;
  const [, registry = 'docker.io', repository = '', tag, digest] = match;
  return { registry, repository, reference: tag || digest ? text : `${text}:latest` };
}
