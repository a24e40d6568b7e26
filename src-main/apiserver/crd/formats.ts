import { isIPv4, isIPv6 } from 'node:net';
import { isDnsLabel, isDnsSubdomain } from '@shared/api/names.ts';
import { formatName } from '@shared/kinds/apiextensions/known-formats.ts';

const uuid = (version: string) =>
  new RegExp(`^[0-9a-f]{8}-?[0-9a-f]{4}-?${version}[0-9a-f]{3}-?[0-9a-f]{4}-?[0-9a-f]{12}$`, 'i');
const anyUuid = uuid('[0-9a-f]');
const uuids = [3, 4, 5].map((version) => [`uuid${version}`, uuid(String(version))] as const);
const duration =
  /^\s*[+-]?(\d+(\.\d*)?\s*(ns|us|µs|μs|ms|[smhdw]|nano|nanosecond|micro|microsecond|milli|millisecond|sec|second|min|minute|hr|hour|day|week|wk)s?\s*)+$/i;

function isDate(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const time = Date.parse(`${text}T00:00:00Z`);
  return !Number.isNaN(time) && new Date(time).toISOString().startsWith(text);
}

function isDateTime(text: string): boolean {
  const match = /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}):(\d{2}):(\d{2})(\.\d+)?([Zz]|[+-]\d{2}:?\d{2})$/.exec(text);
  if (!match) return false;
  const [, date = '', hour, minute, second] = match;
  return isDate(date) && Number(hour) < 24 && Number(minute) < 60 && Number(second) < 61;
}

function isCidr(text: string): boolean {
  const [address = '', bits = '', ...rest] = text.split('/');
  if (rest.length > 0 || !/^\d{1,3}$/.test(bits)) return false;
  return (isIPv4(address) && Number(bits) <= 32) || (isIPv6(address) && Number(bits) <= 128);
}

function isHostname(text: string): boolean {
  return (
    text.length <= 255 &&
    /^([\p{L}\p{N}]([\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?)(\.[\p{L}\p{N}]([\p{L}\p{N}-]{0,61}[\p{L}\p{N}])?)*\.?$/u.test(
      text,
    )
  );
}

/** Whether a text is of a format, by its name without dashes. Formats not in here are not checked, as in Kubernetes. */
const formats: Readonly<Record<string, (text: string) => boolean>> = {
  bsonobjectid: (text) => /^[0-9a-f]{24}$/i.test(text),
  uri: (text) => /^([a-z][a-z\d+.-]*:|\/)\S*$/i.test(text) && (text.startsWith('/') || URL.canParse(text)),
  email: (text) => /^[^\s@<>]+@[^\s@<>]+$/.test(text),
  hostname: isHostname,
  ipv4: isIPv4,
  ipv6: isIPv6,
  cidr: isCidr,
  mac: (text) => /^([0-9a-f]{2}[:-]){5,7}[0-9a-f]{2}$|^([0-9a-f]{4}\.){2,3}[0-9a-f]{4}$/i.test(text),
  uuid: (text) => anyUuid.test(text),
  ...Object.fromEntries(uuids.map(([name, pattern]) => [name, (text: string) => pattern.test(text)])),
  hexcolor: (text) => /^#?([0-9a-f]{3}|[0-9a-f]{6})$/i.test(text),
  rgbcolor: (text) => /^rgb\(\s*(\d{1,3})\s*,\s*(\d{1,3})\s*,\s*(\d{1,3})\s*\)$/.test(text),
  byte: (text) => /^([A-Za-z0-9+/]{4})*([A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?$/.test(text),
  isbn10: (text) => /^(\d[- ]?){9}[\dX]$/.test(text),
  isbn13: (text) => /^(\d[- ]?){13}$/.test(text),
  ssn: (text) => /^\d{3}[- ]?\d{2}[- ]?\d{4}$/.test(text),
  creditcard: (text) => /^(\d[- ]?){13,19}$/.test(text),
  isbn: (text) => /^(\d[- ]?){9}[\dX]$|^(\d[- ]?){13}$/.test(text),
  date: isDate,
  datetime: isDateTime,
  duration: (text) => duration.test(text),
  k8sshortname: isDnsLabel,
  k8slongname: isDnsSubdomain,
};

/** False when the text is not of the format; true also for formats nobody checks. */
export function isOfFormat(format: string, text: string): boolean {
  const name = formatName(format);
  return Object.hasOwn(formats, name) ? formats[name]?.(text) === true : true;
}
