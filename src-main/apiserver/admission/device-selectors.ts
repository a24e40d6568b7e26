import { forbidden, invalid } from '@shared/api/field-errors.ts';
import type { FieldError } from '@shared/api/status.ts';
import { deviceClassKind } from '@shared/kinds/resource/device-class/kind.ts';
import { maxExpressionBytes, maxSelectors } from '@shared/kinds/resource/device-request-validation.ts';
import { resourceClaimKind } from '@shared/kinds/resource/resource-claim/kind.ts';
import { resourceClaimTemplateKind } from '@shared/kinds/resource/resource-claim-template/kind.ts';
import type { DeviceClass, ResourceClaim, ResourceClaimTemplate } from '@shared/kinds/wire.ts';
import { jsonEqual } from '@shared/lib/json.ts';
import type { Unchecked } from '@shared/lib/types.ts';
import { utf8Length } from '@shared/lib/utf8.ts';
import { type CelProgram, compileCel, createCelEnvironment } from '../cel/cel.ts';
import type { SizeHint } from '../cel/size-hints.ts';
import type { AdmissionModule } from './admission.ts';

type Devices = NonNullable<NonNullable<Unchecked<ResourceClaim>['spec']>['devices']>;
type Selectors = NonNullable<NonNullable<Unchecked<DeviceClass>['spec']>['selectors']>;

/** Refuses classes of devices and claims whose selectors do not compile or may cost too much. */
export const deviceSelectors: AdmissionModule = {
  name: 'DeviceSelectors',
  handles: ({ kind, operation, subresource }) =>
    subresource === '' &&
    (kind === deviceClassKind
      ? operation !== 'DELETE'
      : operation === 'CREATE' && (kind === resourceClaimKind || kind === resourceClaimTemplateKind)),
  check(object, { kind, old }) {
    if (kind === resourceClaimKind)
      return claimErrors('spec.devices', (object as unknown as Unchecked<ResourceClaim>).spec?.devices);
    if (kind === resourceClaimTemplateKind) {
      const template = object as unknown as Unchecked<ResourceClaimTemplate>;
      return claimErrors('spec.spec.devices', template.spec?.spec?.devices);
    }
    const { spec } = object as unknown as Unchecked<DeviceClass>;
    const before = (old as unknown as Unchecked<DeviceClass> | undefined)?.spec;
    if (before && jsonEqual(spec?.selectors ?? [], before.selectors ?? [])) return [];
    return selectorErrors('spec.selectors', spec?.selectors);
  },
};

function claimErrors(field: string, devices: Devices | undefined): FieldError[] {
  return (devices?.requests ?? []).flatMap(({ exactly, firstAvailable = [] }, i) => {
    const at = `${field}.requests[${i}]`;
    if (exactly) return selectorErrors(`${at}.exactly.selectors`, exactly.selectors);
    return firstAvailable.flatMap(({ selectors }, j) =>
      selectorErrors(`${at}.firstAvailable[${j}].selectors`, selectors),
    );
  });
}

/** Where there are too many, or one is too long, the kind says so. */
function selectorErrors(field: string, selectors: Selectors = []): FieldError[] {
  if (selectors.length > maxSelectors) return [];
  return selectors.flatMap(({ cel }, i) => {
    const { expression = '' } = cel ?? {};
    if (!cel || utf8Length(expression) > maxExpressionBytes) return [];
    const at = `${field}[${i}].cel.expression`;
    const compiled = compiledSelector(expression);
    if (typeof compiled === 'string') return [invalid(at, expression, compiled)];
    return compiled.estimate(deviceHint) > maxCost ? [forbidden(at, 'too complex, exceeds cost limit')] : [];
  });
}

const maxCost = 1_000_000;
const device = 'kubernetes.DRADevice';

/**
 * Compiles an expression that selects devices; or says why it does not compile.
 * https://kubernetes.io/docs/reference/kubernetes-api/resource/resource-claim-v1/ Source: dynamic-resource-allocation, `cel`.
 */
function compiledSelector(expression: string): CelProgram | string {
  const compiled = compileCel(expression, deviceEnvironment());
  if (compiled.type === 'error') return `compilation failed: ${compiled.message}`;
  const { resultType } = compiled;
  // An attribute may be anything, a bool among others.
  return resultType === 'bool' || resultType === 'dyn'
    ? compiled
    : `must evaluate to bool or the unknown type, not ${resultType}`;
}

let environment: ReturnType<typeof createCelEnvironment> | undefined;

function deviceEnvironment(): ReturnType<typeof createCelEnvironment> {
  environment ??= createCelEnvironment({ device }, (bare) =>
    bare.registerType(device, {
      ctor: class {},
      fields: {
        driver: 'string',
        allowMultipleAllocations: 'bool',
        attributes: 'map<string, map<string, dyn>>',
        capacity: 'map<string, map<string, kubernetes.Quantity>>',
      },
    }),
  );
  return environment;
}

/** How large what is known of a device can be: from that costs are estimated. */
const deviceHint: SizeHint = (() => {
  const sized = (max: number, rest: Partial<SizeHint> = {}): SizeHint => ({ max, minBytes: 0, ...rest });
  const mostEntries = 32;
  const id = sized(32);
  const domain = sized(63);
  const attribute = sized(64);
  const inner = sized(mostEntries, { key: id, item: attribute, members: attribute });
  const amounts = sized(mostEntries, { key: id, item: sized(0) });
  const fields: [string, SizeHint][] = [
    ['driver', sized(63)],
    ['allowMultipleAllocations', sized(1)],
    ['attributes', sized(mostEntries, { key: domain, item: inner })],
    ['capacity', sized(mostEntries, { key: domain, item: amounts })],
  ];
  return sized(0, { fields: new Map(fields) });
})();
