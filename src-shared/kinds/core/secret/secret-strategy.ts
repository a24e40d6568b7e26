import { encodeBase64 } from '../../../lib/base64.ts';
import type { Strategy } from '../../define.ts';
import type { Secret } from '../../wire.ts';

export const secretStrategy: Strategy<Secret> = {
  defaults(secret) {
    secret.type ||= 'Opaque';
    if (secret.stringData === undefined) return;
    secret.data = { ...secret.data };
    for (const [key, text] of Object.entries(secret.stringData)) secret.data[key] = encodeBase64(text);
    delete secret.stringData;
  },
};
