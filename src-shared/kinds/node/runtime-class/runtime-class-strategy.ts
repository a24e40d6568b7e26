import { duplicate } from '../../../api/field-errors.ts';
import { validateImmutable, validateLabels } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { deprecatedNodeLabels } from '../../core/node/deprecated-labels.ts';
import { checkOverhead } from '../../core/pod/resource-validation.ts';
import { checkTolerations } from '../../core/pod/scheduling-validation.ts';
import type { Strategy } from '../../define.ts';
import { checkDnsLabel } from '../../validation.ts';
import type { RuntimeClass, Toleration } from '../../wire.ts';

export const runtimeClassStrategy: Strategy<RuntimeClass> = {
  validate: ({ handler, overhead, scheduling }) => [
    ...checkDnsLabel('handler', handler ?? ''),
    ...checkOverhead('overhead.podFixed', overhead?.podFixed ?? {}),
    ...validateLabels(scheduling?.nodeSelector, 'scheduling.nodeSelector'),
    ...checkTolerations('scheduling.tolerations', scheduling?.tolerations ?? []),
    ...checkUnique('scheduling.tolerations', scheduling?.tolerations ?? []),
  ],
  validateUpdate: ({ handler }, old) => validateImmutable(handler ?? '', old.handler, 'handler'),
  warnings: ({ scheduling }) =>
    Object.keys(scheduling?.nodeSelector ?? {}).flatMap((key) => {
      const text = deprecatedNodeLabels.get(key);
      return text === undefined ? [] : [`scheduling.nodeSelector: ${text}`];
    }),
};

/** No toleration twice, however long it lasts. */
function checkUnique(field: string, tolerations: readonly Unchecked<Toleration>[]): FieldError[] {
  const keys = tolerations.map(({ key = '', operator = '', value = '', effect = '' }) =>
    JSON.stringify([key, operator, value, effect]),
  );
  return tolerations.flatMap((toleration, index) =>
    keys.indexOf(keys[index] ?? '') < index ? [duplicate(`${field}[${index}]`, toleration)] : [],
  );
}
