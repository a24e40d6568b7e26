import { forbidden, notSupported, required, tooLong } from '../../../api/field-errors.ts';
import { validateImmutable } from '../../../api/object-meta.ts';
import type { FieldError } from '../../../api/status.ts';
import type { Unchecked } from '../../../lib/types.ts';
import { utf8Length } from '../../../lib/utf8.ts';
import type { Strategy } from '../../define.ts';
import { checkDnsLabel } from '../../validation.ts';
import type { IngressClass } from '../../wire.ts';
import { checkDomainPrefixedPath, checkObjectReference } from '../object-reference.ts';

type Spec = NonNullable<Unchecked<IngressClass>['spec']>;

const maxControllerBytes = 250;

export const ingressClassStrategy: Strategy<IngressClass> = {
  defaults({ spec }) {
    if (spec?.parameters) spec.parameters.scope ??= 'Cluster';
  },
  validate({ spec = {} }) {
    const { controller = '' } = spec;
    const field = 'spec.controller';
    return [
      ...(utf8Length(controller) > maxControllerBytes ? [tooLong(field, maxControllerBytes)] : []),
      ...checkDomainPrefixedPath(field, controller),
      ...checkParameters('spec.parameters', spec.parameters),
    ];
  },
  validateUpdate: ({ spec }, old) =>
    validateImmutable(spec?.controller, old.spec?.controller, 'spec.controller'),
};

function checkParameters(field: string, parameters: Spec['parameters']): FieldError[] {
  if (!parameters) return [];
  const { scope, namespace } = parameters;
  const errors = checkObjectReference(field, parameters);
  switch (scope) {
    case undefined:
      return [...errors, required(`${field}.scope`)];
    case 'Namespace':
      if (namespace === undefined) {
        const text = "`parameters.scope` is set to 'Namespace'";
        return [...errors, required(`${field}.namespace`, text)];
      }
      return [...errors, ...checkDnsLabel(`${field}.namespace`, namespace)];
    case 'Cluster':
      if (namespace === undefined) return errors;
      return [...errors, forbidden(`${field}.namespace`, "`parameters.scope` is set to 'Cluster'")];
    default:
      return [...errors, notSupported(`${field}.scope`, scope, ['Cluster', 'Namespace'])];
  }
}
