import { timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Why a request is turned away, with the HTTP status that says so. */
export interface Refusal {
  readonly status: 401 | 403 | 421;
  readonly message: string;
}

const cookieName = 'slipway-session';

/**
 * Who may talk to the gateway: requests that name this host (against DNS rebinding), come from this origin
 * when they name one (against other sites), and carry the per-run token in the session cookie or as a bearer
 * token. Anything on the machine can connect to 127.0.0.1; only the user's own programs can read the token.
 */
export function createSession(token: string, port: () => number) {
  const hosts = () => [`127.0.0.1:${port()}`, `localhost:${port()}`];

  return {
    /** Undefined when the request may pass. */
    check(request: IncomingMessage): Refusal | undefined {
      const host = request.headers.host ?? '';
      if (!hosts().includes(host)) return { status: 421, message: `This is not ${host}.` };
      const origin = request.headers.origin;
      if (origin !== undefined && !hosts().some((allowed) => origin === `http://${allowed}`)) {
        return { status: 403, message: `Pages of ${origin} may not use Slipway.` };
      }
      const presented = bearerOf(request) ?? cookieOf(request);
      if (presented === undefined || !isSame(presented, token)) {
        return { status: 401, message: 'No valid session. Open the address that "slipway serve" printed.' };
      }
      return undefined;
    },

    /** For `/?token=…`: the cookie to set, or undefined when the token is wrong. */
    cookieFor(presented: string): string | undefined {
      if (!isSame(presented, token)) return undefined;
      return `${cookieName}=${token}; Path=/; HttpOnly; SameSite=Strict`;
    },

    /** Host check alone, for the one request that brings the token. */
    isOwnHost(request: IncomingMessage): boolean {
      return hosts().includes(request.headers.host ?? '');
    },
  };
}

function bearerOf(request: IncomingMessage): string | undefined {
  const header = request.headers.authorization ?? '';
  return header.startsWith('Bearer ') ? header.slice('Bearer '.length) : undefined;
}

function cookieOf(request: IncomingMessage): string | undefined {
  for (const pair of (request.headers.cookie ?? '').split(';')) {
    const [name, value] = pair.trim().split('=');
    if (name === cookieName) return value;
  }
  return undefined;
}

function isSame(a: string, b: string): boolean {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
}
