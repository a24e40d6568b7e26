import type { PayloadFile } from './payload.ts';
import { writePayload } from './payload.ts';
import { configMapFiles, downwardFiles, type Files, safePath, secretFiles } from './sources.ts';
import {
  fsGroupOf,
  fsUserOf,
  type ReadonlyVolume,
  type VolumeContext,
  VolumeError,
  type VolumeType,
  volumePath,
} from './volume.ts';

type Source = NonNullable<NonNullable<ReadonlyVolume['projected']>['sources']>[number];

/** Several sources in one folder, service account tokens among them; in memory, kept up to date. */
export const projected: VolumeType = {
  isLive: true,
  claims: (volume) => volume.projected !== undefined,
  async setUp(context, volume) {
    const { sources = [], defaultMode = 0o644 } = volume.projected ?? {};
    const path = volumePath(context.memoryDir, 'projected', volume.name);
    const lists = await Promise.all(sources.map((source) => sourceFiles(context, source, defaultMode)));
    const payload = new Map<string, PayloadFile>(lists.flat());
    await writePayload(path, payload, fsGroupOf(context.pod));
    return path;
  },
};

async function sourceFiles(context: VolumeContext, source: Source, mode: number): Promise<Files> {
  if (source.configMap) {
    const { name = '', items, optional } = source.configMap;
    return configMapFiles(context, { name, items, optional, mode });
  }
  if (source.secret) {
    const { name = '', items, optional } = source.secret;
    return secretFiles(context, { name, items, optional, mode });
  }
  if (source.downwardAPI) return downwardFiles(context, source.downwardAPI.items ?? [], mode);
  if (source.serviceAccountToken) {
    const { audience, expirationSeconds = 3600, path } = source.serviceAccountToken;
    const token = await context.tokens.token({ pod: context.pod, audience, expirationSeconds });
    return [[safePath(path), { content: Buffer.from(token), ...tokenAccess(context, mode) }]];
  }
  throw new VolumeError('projected volume source is not supported by this node');
}

/** A token is for its pod alone where the pod says which user or group that is. */
function tokenAccess({ pod }: VolumeContext, mode: number): Pick<PayloadFile, 'mode' | 'owner'> {
  const owner = fsUserOf(pod);
  if (owner === undefined && fsGroupOf(pod) === undefined) return { mode };
  return { mode: 0o600, ...(owner !== undefined && { owner }) };
}
