import { createServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { createAuthority, issueCertificate } from '../../cluster/certificates.ts';

/** What the service says: an object is sent with 200, a number is a status without one. */
export type Answer = (path: string, body: string) => object | number;

export interface IdentityService {
  readonly url: string;
  /** PEM of the authority its certificate is of. */
  readonly ca: string;
  close(): Promise<void>;
}

/** An HTTPS server of an authority of its own that answers as it is told, with JSON. */
export async function startIdentityService(answer: Answer): Promise<IdentityService> {
  const authority = await createAuthority('identity', 1);
  const { cert, key } = await issueCertificate(authority, {
    commonName: 'issuer',
    ips: ['127.0.0.1'],
    usages: ['server'],
    validDays: 1,
  });
  const server = createServer({ cert, key }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const said = answer(request.url ?? '', Buffer.concat(chunks).toString());
      response.statusCode = typeof said === 'number' ? said : 200;
      response.end(JSON.stringify(typeof said === 'number' ? {} : said));
    });
  });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    ca: authority.cert,
    close: () => new Promise<void>((resolve) => void server.close(() => resolve())),
  };
}
