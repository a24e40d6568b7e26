import { randomUUID } from 'node:crypto';
import type { Clock } from '@shared/lib/clock.ts';
import { attributesOf } from '../auth/authorizer.ts';
import type { ApiServerRequest, ApiServerResponse } from '../request.ts';
import { pathSegments } from '../routes.ts';
import { AuditLog } from './audit-log.ts';
import type { AuditPolicy } from './policy.ts';
import { Auditor, type AuditTrail } from './trail.ts';

export interface AuditSettings {
  readonly policy: AuditPolicy;
  /** File that JSON lines are appended to; its folder is made. */
  readonly path: string;
  readonly maxBytes: number;
  readonly maxBackups: number;
}

type Serve = (request: ApiServerRequest) => Promise<ApiServerResponse>;

interface Surroundings {
  readonly clock: Clock;
  log(message: string, fields?: Record<string, unknown>): void;
}

/** The audit log of one server. */
export interface Audit {
  readonly auditor: Auditor;
  /** Serves the requests of the control plane's own parts, logged like all others. */
  local(serve: Serve): Serve;
  /** Resolves when everything is written. */
  close(): Promise<void>;
}

export function openAudit(settings: AuditSettings, { clock, log }: Surroundings): Audit {
  const file = new AuditLog({ ...settings, log });
  const auditor = new Auditor(settings.policy, file, clock);
  return {
    auditor,
    local: (serve) => async (request) => {
      const attributes = attributesOf(request, pathSegments(request.path));
      const query = request.query.toString();
      const uri = query === '' ? request.path : `${request.path}?${query}`;
      const origin = { auditId: randomUUID(), uri, sourceIps: ['127.0.0.1'] };
      const audit = auditor.begin({ userAgent: request.userAgent, attributes }, origin);
      if (!audit) return serve(request);
      audit.received();
      audit.body = request.body;
      return ended(await serve({ ...request, attributes, audit }), audit);
    },
    close: () => file.close(),
  };
}

/** Notes how a request ended; of a stream, that it has begun, and its end when that comes. */
function ended(answer: ApiServerResponse, audit: AuditTrail): ApiServerResponse {
  if (answer.type !== 'watch') {
    audit.complete('code' in answer ? answer.code : 200, answer);
    return answer;
  }
  const { source } = answer;
  return {
    ...answer,
    source: {
      kind: source.kind,
      start(sink) {
        audit.started(200);
        const session = source.start({
          items: (items) => sink.items(items),
          end() {
            audit.complete(200);
            sink.end();
          },
        });
        return {
          dispose() {
            session.dispose();
            audit.complete(200);
          },
        };
      },
    },
  };
}
