/** How a webhook is reached: by URL, or by a service in the cluster. */
import { invalid, required } from '../../api/field-errors.ts';
import { dns1035LabelErrors, dnsSubdomainErrors, portNumberErrors } from '../../api/names.ts';
import type { FieldError } from '../../api/status.ts';
import { invalidEach } from '../validation.ts';

export interface WebhookClient {
  readonly url?: string;
  readonly service?: WebhookService;
}

interface WebhookService {
  readonly name?: string;
  readonly namespace?: string;
  readonly path?: string;
  readonly port?: number;
}

/** Exactly one of `url` and `service`, and that one well-formed. */
export function checkWebhookClient(field: string, { url, service }: WebhookClient): FieldError[] {
  if ((url === undefined) === (service === undefined)) {
    return [required(field, 'exactly one of url or service is required')];
  }
  return [
    ...(url === undefined ? [] : checkWebhookUrl(`${field}.url`, url)),
    ...(service === undefined ? [] : checkWebhookService(`${field}.service`, service)),
  ];
}

const form = '; desired format: https://host[/path]';
/** RFC 3986, appendix B: scheme, authority, path, query, fragment. */
const urlParts = /^(?:([^:/?#]+):)?(?:\/\/([^/?#]*))?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/s;

function checkWebhookUrl(field: string, url: string): FieldError[] {
  const [, scheme = '', authority = '', query = '', fragment = ''] = urlParts.exec(url) ?? [];
  const at = authority.lastIndexOf('@');
  const host = authority.slice(at + 1);
  const errors: FieldError[] = [];
  if (scheme !== 'https') {
    errors.push(invalid(field, scheme, `'https' is the only allowed URL scheme${form}`));
  }
  if (host === '') errors.push(invalid(field, host, `host must be specified${form}`));
  if (at >= 0) {
    const user = authority.slice(0, at);
    errors.push(invalid(field, user, 'user information is not permitted in the URL'));
  }
  if (fragment !== '') errors.push(invalid(field, fragment, 'fragments are not permitted in the URL'));
  if (query !== '') errors.push(invalid(field, query, 'query parameters are not permitted in the URL'));
  return errors;
}

/** Kubernetes confuses name and namespace here, and so must whoever wants to be understood. */
function checkWebhookService(
  field: string,
  { name, namespace, path = '', port = 443 }: WebhookService,
): FieldError[] {
  const errors: FieldError[] = [];
  if (!namespace) errors.push(required(`${field}.name`));
  if (!name) errors.push(required(`${field}.namespace`));
  const complaints = portNumberErrors(port);
  if (complaints.length > 0) {
    errors.push(invalid(`${field}.port`, port, `port is not valid: ${complaints.join(', ')}`));
  }
  return [...errors, ...checkServicePath(`${field}.path`, path)];
}

function checkServicePath(field: string, path: string): FieldError[] {
  if (path === '' || path === '/') return [];
  if (path === '//') return [invalid(field, path, 'segment[0] may not be empty')];
  const errors = path.startsWith('/') ? [] : [invalid(field, path, "must start with a '/'")];
  const steps = path.slice(1).replace(/\/$/, '').split('/');
  for (const [index, step] of steps.entries()) {
    const texts = step === '' ? ['may not be empty'] : dnsSubdomainErrors(step);
    const colon = step === '' ? ' ' : ': ';
    errors.push(...texts.map((text) => invalid(field, path, `segment[${index}]${colon}${text}`)));
  }
  return errors;
}

/** The versions of reviews this server can send. */
export const reviewVersions = ['v1', 'v1beta1'];

/** Which versions of reviews a webhook takes; `missing` is said when it names none. */
export function checkReviewVersions(
  field: string,
  versions: readonly string[],
  missing: string,
): FieldError[] {
  if (versions.length === 0) return [required(field, missing)];
  const errors = versions.flatMap((version, index) =>
    versions.indexOf(version) < index
      ? [invalid(`${field}[${index}]`, version, 'duplicate version')]
      : invalidEach(`${field}[${index}]`, version, dns1035LabelErrors(version)),
  );
  if (versions.some((version) => reviewVersions.includes(version))) return errors;
  return [...errors, invalid(field, versions, `must include at least one of ${reviewVersions.join(', ')}`)];
}
