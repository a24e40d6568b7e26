import { isIP } from 'node:net';
import { TLSSocket } from 'node:tls';
import type { Origin } from '../audit/trail.ts';
import type { HttpRequest } from './exchange.ts';

/**
 * What the audit log tells of where a request came from. Addresses that others told of can be made up; only the last is
 * certain. Source: reference of `audit.k8s.io/v1`, `sourceIPs`.
 */
export function originOf(request: HttpRequest, auditId: string): Origin {
  const { headers, socket } = request;
  const sourceIps = addresses(headers['x-forwarded-for']);
  for (const address of addresses(headers['x-real-ip']))
    if (!sourceIps.includes(address)) sourceIps.push(address);
  const [direct] = addresses((socket?.remoteAddress ?? '').replace(/^::ffff:/, ''));
  if (direct !== undefined && sourceIps.at(-1) !== direct) sourceIps.push(direct);
  return { auditId, uri: request.url, sourceIps };
}

function addresses(text: string | readonly string[] | undefined): string[] {
  const parts = String(text ?? '').split(',');
  return parts.map((address) => address.trim()).filter((address) => isIP(address) !== 0);
}

/** By which credentials somebody tried to be known. */
export function attempted({ headers, url, socket }: HttpRequest): string {
  const { authorization = '' } = headers;
  const mark = url.indexOf('?');
  const isNamed = mark >= 0 && (new URLSearchParams(url.slice(mark)).get('access_token') ?? '').trim() !== '';
  const hasCertificate =
    socket instanceof TLSSocket && Object.keys(socket.getPeerCertificate() ?? {}).length > 0;
  const methods = [
    ...(/^basic \S/i.test(authorization) ? ['basic'] : []),
    ...(/^\s*bearer \S/i.test(authorization) ? ['bearer'] : []),
    ...(isNamed ? ['access_token'] : []),
    ...(hasCertificate ? ['x509'] : []),
  ];
  if (methods.length === 0) return 'Authentication failed, no credentials provided';
  return `Authentication failed, attempted: ${methods.join(', ')}`;
}
