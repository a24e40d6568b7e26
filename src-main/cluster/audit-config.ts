import { join } from 'node:path';
import type { AuditLogConfig } from '@shared/rpc/cluster-config.ts';
import type { AuditSettings } from '../apiserver/audit/audit.ts';
import { parseAuditPolicy } from '../apiserver/audit/policy.ts';
import { readIfThere } from '../platform/read-if-there.ts';

/** Beside cluster.json; when it is there, requests are logged as it says (an `audit.k8s.io/v1` Policy). */
export const auditPolicyFile = 'audit-policy.yaml';
/** The log, in a folder of the cluster's. */
export const auditLogFile = join('audit', 'audit.log');

const megabyte = 1024 * 1024;

/**
 * How the requests of a cluster are logged; undefined when there is no policy file. AppError InvalidArgument names
 * the file and every mistake in it.
 */
export async function readAuditSettings(
  clusterDir: string,
  { maxSizeMegabytes = 100, maxBackups = 10 }: AuditLogConfig = {},
): Promise<AuditSettings | undefined> {
  const path = join(clusterDir, auditPolicyFile);
  const text = await readIfThere(path);
  if (text === undefined) return undefined;
  const policy = await parseAuditPolicy(text, path);
  return { policy, path: join(clusterDir, auditLogFile), maxBytes: maxSizeMegabytes * megabyte, maxBackups };
}
