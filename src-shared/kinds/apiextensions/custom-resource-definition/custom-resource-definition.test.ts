import { describe, expect, it } from 'vitest';
import { createErrors, updateErrors } from '../../testing.ts';
import type { CustomResourceDefinition } from '../../wire.ts';
import type { JsonSchema } from '../json-schema.ts';
import { customResourceDefinitionKind as kind } from './kind.ts';

type Spec = CustomResourceDefinition['spec'];
type Version = Spec['versions'][number];

const objects: JsonSchema = { type: 'object' };

function version(schema: JsonSchema, rest: Partial<Version> = {}): Version {
  return { name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema as never }, ...rest };
}

function crd(
  spec: Partial<Spec> = {},
  metadata: CustomResourceDefinition['metadata'] = {},
): CustomResourceDefinition {
  const group = spec.group ?? 'example.com';
  return {
    metadata: { name: `widgets.${group}`, ...metadata },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'widgets', kind: 'Widget' },
      versions: [version(objects)],
      ...spec,
    },
  };
}

const errorsOf = (spec: Partial<Spec>) => createErrors(kind, crd(spec));
const spec = (properties: Record<string, JsonSchema>): JsonSchema => ({
  type: 'object',
  properties: { spec: { type: 'object', properties } },
});

/** Complaints about a schema, without the place all of them share. */
function schemaErrors(schema: JsonSchema, rest: Partial<Version> = {}): string[] {
  const at = /^spec\.validation\.openAPIV3Schema\.?/;
  return errorsOf({ versions: [version(schema, rest)] }).map((text) => text.replace(at, ''));
}

describe('definitions', () => {
  it.each<[string, Partial<Spec>, string[]]>([
    [
      'without a dot in the group',
      { group: 'example' },
      ['spec.group: Invalid value: "example": should be a domain with at least one dot'],
    ],
    [
      'of names that are none',
      { names: { plural: 'widgets', kind: 'W_', listKind: 'W_', shortNames: ['W'], categories: ['-'] } },
      [
        'spec.names.singular: Invalid value: "w_": ',
        'spec.names.kind: Invalid value: "W_": may have mixed case, but should otherwise match: ',
        'spec.names.listKind: Invalid value: "W_": may have mixed case, but should otherwise match: ',
        'spec.names.shortNames[0]: Invalid value: "W": ',
        'spec.names.categories[0]: Invalid value: "-": ',
        'spec.names.listKind: Invalid value: "W_": kind and listKind may not be the same',
      ],
    ],
    [
      'with warnings nobody can read',
      {
        versions: [
          version(objects, { deprecated: true, deprecationWarning: `a\tb${'x'.repeat(260)}` }),
          version(spec({}), { name: 'v2', storage: false, deprecationWarning: '' }),
        ],
      },
      [
        'spec.versions[0].deprecationWarning: ',
        'spec.versions[0].deprecationWarning: ',
        'spec.versions[1].deprecationWarning: Invalid value: "": can only be set for deprecated versions',
      ],
    ],
    [
      'without schemas',
      { versions: [{ name: 'v1', served: true, storage: true }] },
      ['spec.versions[0].schema.openAPIV3Schema: Required value'],
    ],
    [
      'whose versions differ: each at its own place',
      { versions: [version(spec({ a: {} })), version({}, { name: 'v2', storage: false })] },
      [
        'spec.versions[0].schema.openAPIV3Schema.properties[spec].properties[a].type: Required value: must not be empty for specified object fields',
        'spec.versions[1].schema.openAPIV3Schema.type: Required value: must not be empty at the root',
      ],
    ],
    [
      'whose versions are alike: once, where they meet',
      { versions: [version({}), version({}, { name: 'v2', storage: false })] },
      ['spec.validation.openAPIV3Schema.type: Required value: must not be empty at the root'],
    ],
    [
      'with scales and columns that lead nowhere',
      {
        versions: [
          version(objects, {
            subresources: {
              scale: {
                specReplicasPath: '.status.n',
                statusReplicasPath: 'n',
                labelSelectorPath: '.metadata.s',
              },
            },
            additionalPrinterColumns: [{ name: '', type: 'text', jsonPath: 'spec', format: 'x' }],
          }),
        ],
      },
      [
        'spec.subresources.scale.specReplicasPath: Invalid value: ".status.n": should be a json path under .spec',
        'spec.subresources.scale.statusReplicasPath: Invalid value: "n": must be a simple json path starting with .',
        'spec.subresources.scale.labelSelectorPath: Invalid value: ".metadata.s": should be a json path under either .spec or .status',
        'spec.additionalPrinterColumns[0].name: Required value',
        'spec.additionalPrinterColumns[0].type: Invalid value: "text": must be one of boolean,date,integer,number,string',
        'spec.additionalPrinterColumns[0].format: Invalid value: "x": must be one of ',
        'spec.additionalPrinterColumns[0].JSONPath: Invalid value: "spec": must be a simple json path starting with .',
      ],
    ],
    [
      'with fields nobody can select by',
      {
        versions: [
          version(spec({ list: { type: 'array', items: { type: 'string' } }, name: { type: 'string' } }), {
            selectableFields: [
              '.spec.list',
              '.spec.none',
              '.spec.name',
              '.spec.name',
              '',
              "['spec']",
              'spec',
            ].map((jsonPath) => ({ jsonPath })),
          }),
        ],
      },
      [
        'spec.selectableFields[0].jsonPath: Invalid value: ".spec.list": must point to a field of type string, boolean or integer. ',
        'spec.selectableFields[1].jsonPath: Invalid value: ".spec.none": is an invalid path: does not refer to a valid field',
        'spec.selectableFields[3].jsonPath: Duplicate value: ".spec.name"',
        'spec.selectableFields[4].jsonPath: Required value',
        'spec.selectableFields[5].jsonPath: Invalid value: "[\'spec\']": is an invalid path: array notation is not allowed',
        'spec.selectableFields[6].jsonPath: Invalid value: "spec": is an invalid path: expected [ or . but got: spec',
      ],
    ],
    [
      'with conversions that do not fit',
      {
        conversion: {
          strategy: 'Webhook',
          webhook: {
            clientConfig: { url: 'http://u@host?q' },
            conversionReviewVersions: ['v2', 'v2', 'V'],
          },
        },
      },
      [
        'spec.conversion.webhookClientConfig.url: Invalid value: "http": \'https\' is the only allowed URL scheme; desired format: https://host[/path]',
        'spec.conversion.webhookClientConfig.url: Invalid value: "u": user information is not permitted in the URL',
        'spec.conversion.webhookClientConfig.url: Invalid value: "q": query parameters are not permitted in the URL',
        'spec.conversion.conversionReviewVersions[1]: Invalid value: "v2": duplicate version',
        'spec.conversion.conversionReviewVersions[2]: Invalid value: "V": a DNS-1035 label must consist of',
        'spec.conversion.conversionReviewVersions: Invalid value: ["v2","v2","V"]: must include at least one of v1, v1beta1',
      ],
    ],
    [
      'with a webhook and no use for it',
      { conversion: { strategy: 'None', webhook: { clientConfig: {}, conversionReviewVersions: ['v1'] } } },
      [
        'spec.conversion.webhookClientConfig: Forbidden: should not be set when strategy is not set to Webhook',
        'spec.conversion.conversionReviewVersions: Forbidden: should not be set when strategy is not set to Webhook',
      ],
    ],
    [
      'that preserve everything',
      { preserveUnknownFields: true },
      [
        'spec.preserveUnknownFields: Invalid value: true: cannot set to true, set x-kubernetes-preserve-unknown-fields to true in spec.versions[*].schema instead',
      ],
    ],
  ])('%s are refused', (_, changed, texts) => {
    const errors = errorsOf(changed);
    expect(errors).toEqual(texts.map((text) => expect.stringContaining(text)));
  });

  const missing =
    'metadata.annotations[api-approved.kubernetes.io]: Required value: protected groups must have';
  const wrong =
    'metadata.annotations[api-approved.kubernetes.io]: Invalid value: "x": protected groups must have';
  it.each<[string, string | undefined, string[]]>([
    ['without approval', undefined, [missing]],
    ['approved by nobody', 'x', [wrong]],
    ['approved', 'https://github.com/kubernetes/enhancements/pull/1', []],
    ['not approved, and saying so', 'unapproved, for a test', []],
  ])('of the community’s groups: %s', (_, approval, texts) => {
    const annotations = approval === undefined ? {} : { 'api-approved.kubernetes.io': approval };
    const errors = createErrors(kind, crd({ group: 'x.k8s.io' }, { annotations }));
    expect(errors).toEqual(texts.map((text) => expect.stringContaining(text)));
  });

  it('versions objects may be stored in stay', () => {
    const two = [version(objects), version(objects, { name: 'v2', storage: false })];
    const moved = [version(objects, { name: 'v2' })];
    const status = { acceptedNames: { plural: 'widgets', kind: 'Widget' }, storedVersions: ['v1'] };
    const after = { ...crd({ versions: moved }), status };
    expect(updateErrors(kind, after, crd({ versions: two }))).toEqual([
      expect.stringContaining(
        'status.storedVersions[0]: Invalid value: "v1": missing from spec.versions; v1 was previously a storage version, and must remain',
      ),
    ]);
  });

  it('what a status calls accepted are names', () => {
    const { validateStatusUpdate } = kind.strategy;
    const status = { acceptedNames: { plural: 'W', kind: 'Widget' }, storedVersions: ['v9'] };
    expect(validateStatusUpdate?.({ ...crd(), status }, crd())).toMatchObject([
      { field: 'status.acceptedNames.plural' },
    ]);
  });

  it('warns of formats that mean nothing here, of new ones alone', () => {
    const of = (formats: Record<string, JsonSchema>) => crd({ versions: [version(spec(formats))] });
    const before = of({ a: { type: 'string', format: 'colour' } });
    const after = of({
      a: { type: 'string', format: 'colour' },
      b: { type: 'array', items: { type: 'integer', format: 'uint32' } },
      c: { type: 'string', format: 'date-time' },
      d: { type: 'number', format: 'double' },
    });
    expect(kind.strategy.warnings?.(before)).toEqual(['unrecognized format "colour"']);
    expect(kind.strategy.warnings?.(after, before)).toEqual(['unrecognized format "uint32"']);
  });
});

describe('schemas', () => {
  const keyed = (items: JsonSchema, keys: string[]): JsonSchema => ({
    type: 'object',
    properties: {
      l: { type: 'array', items, 'x-kubernetes-list-type': 'map', 'x-kubernetes-list-map-keys': keys },
    },
  });

  it.each<[string, JsonSchema, string[]]>([
    [
      'values of no type',
      { properties: { a: {} } },
      [
        'properties[a].type: Required value: must not be empty for specified object fields',
        'type: Required value: must not be empty at the root',
      ],
    ],
    [
      'either number or text',
      {
        type: 'object',
        properties: {
          a: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
        },
      },
      [],
    ],
    [
      'what a junctor at the root speaks of, and nobody else',
      { type: 'object', allOf: [{ properties: { a: { minimum: 1 } } }] },
      [
        'properties[a]: Required value: because it is defined in spec.validation.openAPIV3Schema.allOf[0].properties[a]',
      ],
    ],
    [
      'the same further inside, where nobody looks',
      spec({ b: { type: 'object', anyOf: [{ properties: { a: { minimum: 1 } } }] } }),
      [],
    ],
    [
      'structure below a junctor',
      { type: 'object', not: { type: 'object', nullable: true, default: 1, additionalProperties: true } },
      [
        'not.additionalProperties: Forbidden: must be undefined to be structural',
        'not.default: Forbidden: must be undefined to be structural',
        'not.nullable: Forbidden: must be false to be structural',
        'not.type: Forbidden: must be empty to be structural',
      ],
    ],
    [
      'more of metadata than its name',
      {
        type: 'object',
        properties: { metadata: { type: 'object', properties: { labels: { type: 'object' } } } },
      },
      [
        'properties[metadata]: Forbidden: must not specify anything other than name and generateName, but metadata is implicitly specified',
      ],
    ],
    [
      'defaults of metadata',
      { type: 'object', properties: { kind: { type: 'string', default: 'x' } } },
      ['properties[kind].default: Forbidden: must not be set in top-level kind'],
    ],
    [
      'a root of nothing',
      { type: 'object', nullable: true },
      ['nullable: Forbidden: nullable cannot be true at the root'],
    ],
    [
      'types nobody knows',
      spec({ a: { type: 'null' } }),
      [
        'properties[spec].properties[a].type: Unsupported value: "null": supported values: "array", "boolean", "integer", "number", "object", "string"',
        'properties[spec].properties[a].type: Forbidden: type cannot be set to null, use nullable as an alternative',
      ],
    ],
    [
      'words that are not supported: then its structure is not looked at',
      { $ref: '#/x', properties: { a: {} } } as JsonSchema,
      ['$ref: Forbidden: $ref is not supported'],
    ],
    [
      'properties and further ones',
      spec({
        a: {
          type: 'object',
          properties: { b: { type: 'string' } },
          additionalProperties: { type: 'string' },
        },
      }),
      [
        'properties[spec].properties[a].additionalProperties: Forbidden: additionalProperties and properties are mutual exclusive',
      ],
    ],
    ['no further properties', spec({ a: { type: 'object', additionalProperties: false } }), []],
    [
      'keyed lists without keys',
      keyed({ type: 'object', properties: {} }, []),
      [
        'properties[l].x-kubernetes-list-map-keys: Required value: must not be empty if x-kubernetes-list-type is map',
      ],
    ],
    [
      'keys that may be absent, are no scalars, or not there',
      keyed(
        {
          type: 'object',
          nullable: true,
          required: ['b'],
          properties: { a: { type: 'string', nullable: true }, b: { type: 'object' } },
        },
        ['a', 'b', 'c', 'b'],
      ),
      [
        'properties[l].items.properties[b].type: Invalid value: "object": must be a scalar type if parent array\'s x-kubernetes-list-type is map',
        'properties[l].x-kubernetes-list-map-keys: Invalid value: ["a","b","c","b"]: entries must all be names of item properties',
        'properties[l].items.properties[b].type: Invalid value: "object": must be a scalar type if parent array\'s x-kubernetes-list-type is map',
        'properties[l].x-kubernetes-list-map-keys: Invalid value: ["a","b","c","b"]: must not contain duplicate entries',
        'properties[l].items.nullable: Forbidden: cannot be nullable when x-kubernetes-list-type is map',
        'properties[l].items.properties[a].default: Required value: this property is in x-kubernetes-list-map-keys, so it must have a default or be a required property',
        'properties[l].items.properties[a].nullable: Forbidden: this property is in x-kubernetes-list-map-keys, so it cannot be nullable',
      ],
    ],
    [
      'sets of what is no whole',
      spec({
        a: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'object' } },
        b: {
          type: 'array',
          'x-kubernetes-list-type': 'set',
          items: { type: 'array', items: { type: 'string' } },
        },
        c: { type: 'string', 'x-kubernetes-list-type': 'bag' },
      }),
      [
        'properties[spec].properties[a].items.x-kubernetes-map-type: Invalid value: null: must be atomic as item of a list with x-kubernetes-list-type=set',
        'properties[spec].properties[c].type: Invalid value: "string": must be array if x-kubernetes-list-type is specified',
        'properties[spec].properties[c].x-kubernetes-list-type: Unsupported value: "bag": supported values: "atomic", "set", "map"',
      ],
    ],
    [
      'rules without form',
      {
        type: 'object',
        properties: { a: { type: 'object', additionalProperties: { type: 'string' } } },
        'x-kubernetes-validations': [
          { rule: ' ' },
          { rule: 'a\n&& b' },
          { rule: 'true', message: ' ', messageExpression: ' ', reason: 'Bad', fieldPath: '.b' },
          { rule: 'true', message: 'a\nb', fieldPath: ".a['x y']" },
        ],
      },
      [
        'x-kubernetes-validations[0].rule: Required value: rule is not specified',
        'x-kubernetes-validations[1].message: Required value: message must be specified if rule contains line breaks',
        'x-kubernetes-validations[2].message: Invalid value: " ": must be non-empty if specified',
        'x-kubernetes-validations[2].messageExpression: Required value: messageExpression must be non-empty if specified',
        'x-kubernetes-validations[2].reason: Unsupported value: "Bad": supported values: ',
        'x-kubernetes-validations[2].fieldPath: Invalid value: ".b": must be a valid path',
        'x-kubernetes-validations[3].message: Invalid value: "a\\nb": must not contain line breaks',
      ],
    ],
  ])('%s', (_, schema, texts) => {
    expect(schemaErrors(schema)).toEqual(texts.map((text) => expect.stringContaining(text)));
  });

  it('say little at the root beside a status', () => {
    const subresources = { status: {} };
    expect(schemaErrors({ type: 'object', title: 'x', required: ['spec'] }, { subresources })).toEqual([]);
    expect(schemaErrors({ type: 'object', minProperties: 1 }, { subresources })).toEqual([
      expect.stringContaining('only [Description Type Format Title Maximum'),
    ]);
  });
});
