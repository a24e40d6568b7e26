import { isReason } from '@shared/api/status.ts';
import { refOf } from '@shared/client/client.ts';
import { type Controller, defineController } from '@shared/controller/define.ts';
import { secretKind } from '@shared/kinds/core/secret/kind.ts';
import { serviceAccountKind } from '@shared/kinds/core/service-account/kind.ts';
import type { Secret, ServiceAccount } from '@shared/kinds/wire.ts';
import type { DeepReadonly } from '@shared/lib/types.ts';
import { accountOf, filledSecret, planToken } from './plan.ts';

/** Makes a token for a Secret; the API server signs it. */
export type IssueSecretToken = (facts: {
  readonly namespace: string;
  readonly secret: string;
  readonly serviceAccount: { readonly name: string; readonly uid: string };
}) => Promise<string>;

const byAccount = 'service-account-token';

/**
 * Fills Secrets of type `kubernetes.io/service-account-token` with a token, the CA's certificate and the
 * namespace, and removes them with their account.
 */
export function serviceAccountTokens(caCertificate: string, issue: IssueSecretToken): Controller {
  return defineController({
    name: 'serviceaccount-token',
    for: secretKind,
    indexes: [
      {
        kind: secretKind,
        name: byAccount,
        valuesOf: (secret: DeepReadonly<Secret>) => {
          const account = accountOf(secret);
          return account === undefined ? [] : [`${secret.metadata?.namespace}/${account}`];
        },
      },
    ],
    whole: [
      {
        kind: secretKind,
        isWhole: (secret: DeepReadonly<Secret>) => accountOf(secret) !== undefined,
      },
    ],
    watches: [
      {
        kind: serviceAccountKind,
        keysFor: ({ metadata }: DeepReadonly<ServiceAccount>, { informer }) =>
          informer(secretKind)
            .byIndex(byAccount, `${metadata?.namespace}/${metadata?.name}`)
            .map((secret) => ({
              namespace: secret.metadata?.namespace ?? '',
              name: secret.metadata?.name ?? '',
            })),
      },
    ],
    async reconcile({ namespace, name }, { client, informer }) {
      const secret = informer(secretKind).get(namespace, name);
      const accountName = secret && accountOf(secret);
      if (!secret || accountName === undefined) return undefined;
      const account = informer(serviceAccountKind).get(namespace, accountName);
      const action = planToken(secret, account, caCertificate);
      try {
        if (action.do === 'delete') {
          const uid = secret.metadata?.uid;
          await client.delete(secretKind, refOf(secret), uid === undefined ? {} : { preconditions: { uid } });
        }
        if (action.do === 'fill') {
          const serviceAccount = { name: accountName, uid: action.uid };
          const token = action.lacksToken
            ? await issue({ namespace, secret: name, serviceAccount })
            : undefined;
          await client.update(secretKind, filledSecret(secret, action, token));
        }
      } catch (error) {
        if (!isReason(error, 'NotFound')) throw error;
      }
      return undefined;
    },
  });
}
