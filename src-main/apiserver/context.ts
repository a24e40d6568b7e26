import type { CertificateTools } from '@shared/api/certificate-request.ts';
import type { AnyKind } from '@shared/kinds/define.ts';
import type { Clock } from '@shared/lib/clock.ts';
import type { Schemas } from '@shared/schema/schema.ts';
import type { Store } from '../store/store.ts';
import type { AdmissionModule } from './admission/admission.ts';
import type { AdmissionMetrics } from './admission/metrics.ts';
import type { TokenAuthenticator } from './auth/authenticator.ts';
import type { RbacIndex } from './auth/rbac/index.ts';
import type { ServerAuthorizer } from './auth/rules.ts';
import type { ServiceAccountTokens } from './auth/tokens.ts';
import type { KindTable } from './kind-table.ts';
import type { UserInfo } from './request.ts';
import type { KubeletConnector } from './streaming/kubelet-connector.ts';
import type { WatchHub } from './watch/hub.ts';

/** What every part of the server works with; made once by `createApiServer`. */
export interface ServerContext {
  readonly store: Store;
  readonly hub: WatchHub;
  readonly kinds: KindTable;
  readonly schemas: Schemas;
  readonly clock: Clock;
  readonly kubelets: KubeletConnector;
  readonly tokens: ServiceAccountTokens;
  /** Every kind of bearer token. */
  readonly bearerTokens: TokenAuthenticator;
  readonly certificates?: Pick<CertificateTools, 'read'>;
  readonly authorizer: ServerAuthorizer;
  readonly rbac: RbacIndex;
  /** In order; see admission/modules.ts. */
  readonly admission: readonly AdmissionModule[];
  readonly admissionMetrics: AdmissionMetrics;
  log(message: string, fields?: Record<string, unknown>): void;
}

/** What becomes of unknown and duplicate fields: dropped in silence, dropped with a warning, refused. */
export type FieldValidation = 'Ignore' | 'Warn' | 'Strict';

/** What one writing request asks for beside its body, parsed from the query and headers. */
export interface WriteOptions {
  readonly user: UserInfo;
  /** What the request was; absent where the server writes on its own. */
  readonly verb?: 'create' | 'update' | 'patch' | 'delete';
  readonly dryRun: boolean;
  readonly fieldManager: string;
  readonly fieldValidation: FieldValidation;
  /** Server-side apply: take over fields others own. */
  readonly force: boolean;
  /** Server-side apply computed metadata.managedFields already. */
  readonly managedFieldsDone?: boolean;
  /** Facts for the audit log, when the request is logged. */
  readonly auditAnnotations?: Map<string, string>;
  /** What the request stated of these, for admission reviews. */
  readonly asked?: { readonly fieldManager: string; readonly fieldValidation: string };
  /** The server's own writing, a consequence of what was admitted before: webhooks and policies are not asked. */
  readonly isInternal?: boolean;
  /** Collects texts for `Warning` headers. */
  readonly warnings: string[];
}

/** The object a request is about. */
export interface Target {
  readonly kind: AnyKind;
  /** '' for cluster-scoped kinds. */
  readonly namespace: string;
  readonly name: string;
  /** '' for the object itself. */
  readonly subresource: string;
}
