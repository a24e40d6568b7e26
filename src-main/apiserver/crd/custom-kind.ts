import { compareVersions } from '@shared/api/discovery.ts';
import { apiVersionOf, type KubeObject } from '@shared/api/meta.ts';
import type { FieldError } from '@shared/api/status.ts';
import {
  type Crd,
  type CrdVersion,
  isConditionTrue,
  schemaOf,
  storageVersionOf,
} from '@shared/kinds/apiextensions/custom-resource-definition/names.ts';
import { valueAt } from '@shared/kinds/apiextensions/json-path.ts';
import type { JsonSchema } from '@shared/kinds/apiextensions/json-schema.ts';
import { columnsOf } from '@shared/kinds/apiextensions/printer-columns.ts';
import { type AnyKind, allVerbs, type Conversion, defineKind, type Strategy } from '@shared/kinds/define.ts';
import { copyJson, isJsonObject } from '@shared/lib/json.ts';
import type { DeepReadonly, JsonObject } from '@shared/lib/types.ts';
import { type Decoded, decode } from '@shared/schema/decode.ts';
import { builtinSchemas } from '@shared/schema/registry.ts';
import type { Schema } from '@shared/schema/schema.ts';
import { compileSchema, listSchema, schemaNameOf } from './compile-schema.ts';
import type { Converter } from './conversion.ts';
import { hasDefaults, withDefaults } from './defaults.ts';
import { embeddedErrors } from './embedded.ts';
import { finalizerWarnings, scaleErrors } from './object-checks.ts';
import { prune } from './prune.ts';
import type { RuleSet } from './rules.ts';
import { duplicateItems, validateBySchema } from './validate.ts';

/** What a definition is served as. */
export interface CustomKinds {
  readonly kinds: readonly AnyKind[];
  /** The types of all versions and of their lists, by name. */
  readonly schemas: ReadonlyMap<string, Schema>;
}

interface Parts {
  readonly converter: Converter;
  /** The compiled CEL rules of a version's schema; undefined when it has none. */
  rulesOf(schema: JsonSchema): RuleSet | undefined;
}

const preserveAll: JsonSchema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true };
const objectMeta = 'io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta';
/** Of a definition that is being deleted. */
const lastVerbs = allVerbs.filter((verb) => verb !== 'create');

/** Compiles an established definition into one kind for each version served. */
export function customKinds(crd: Crd, parts: Parts): CustomKinds {
  const hub = kindOf(crd, storageVersion(crd), { ...parts, hub: undefined });
  const schemas = new Map<string, Schema>();
  const kinds: AnyKind[] = [];
  const convertsNone = !needsConversion(crd);
  for (const version of crd.spec.versions) {
    if (!version.served) continue;
    const kind = convertsNone ? hub : kindOf(crd, version, { ...parts, hub });
    kinds.push(kind);
    schemas.set(kind.schema, compileSchema(schemaOf(version) ?? preserveAll));
    schemas.set(`${kind.schema}List`, listSchema(kind.schema));
  }
  return { kinds, schemas };
}

function storageVersion(crd: Crd): CrdVersion {
  const name = storageVersionOf(crd);
  return crd.spec.versions.find((version) => version.name === name) ?? { name, served: false, storage: true };
}

/**
 * Whether stored objects may look different from what is served: in another version, without defaults that came
 * later, or with fields that have been taken out since. The generation tells whether there was a "since".
 */
function needsConversion(crd: Crd): boolean {
  const served = crd.spec.versions.filter((version) => version.served);
  const storage = storageVersionOf(crd);
  const isOnlyVersion = served.length === 1 && served[0]?.name === storage;
  const wasOnlyVersion = (crd.status?.storedVersions ?? []).every((version) => version === storage);
  return !isOnlyVersion || !wasOnlyVersion || (crd.metadata?.generation ?? 1) > 1;
}

function kindOf(
  crd: Crd,
  version: CrdVersion,
  parts: Parts & { readonly hub: AnyKind | undefined },
): AnyKind {
  const { group, names, scope } = crd.spec;
  const schema = schemaOf(version) ?? preserveAll;
  const accepted = crd.status?.acceptedNames ?? names;
  const scale = version.subresources?.scale;
  const plainPath = (path: string | undefined) => (path ?? '').replace(/^\./, '');
  return defineKind<JsonObject>({
    group,
    version: version.name,
    kind: names.kind,
    plural: names.plural,
    singular: accepted.singular ?? names.kind.toLowerCase(),
    shortNames: accepted.shortNames ?? [],
    categories: accepted.categories ?? [],
    namespaced: scope === 'Namespaced',
    schema: schemaNameOf(group, version.name, names.kind),
    verbs: isConditionTrue(crd, 'Terminating') ? lastVerbs : allVerbs,
    decode: (value) => decodeCustom(schema, value),
    strategy: strategyOf(schema, { rules: parts.rulesOf(schema), scale }),
    hasGeneration: true,
    hasStatus: version.subresources?.status !== undefined,
    ...(scale && {
      scale: {
        specReplicas: plainPath(scale.specReplicasPath),
        statusReplicas: plainPath(scale.statusReplicasPath),
        selector: plainPath(scale.labelSelectorPath),
        selectorIs: 'text',
      },
    }),
    columns: columnsOf(version),
    selectableFields: selectableFieldsOf(version),
    ...(version.deprecated && { deprecation: deprecationOf(crd, version) }),
    ...(parts.hub && {
      conversion: conversionOf(schema, { hub: parts.hub, converter: parts.converter, version: version.name }),
    }),
    view: {
      section: 'custom',
      title: names.plural,
      purpose:
        schema.description ?? `Objects defined by ${crd.metadata?.name ?? 'a custom resource definition'}.`,
    },
  }) as AnyKind;
}

/** Metadata is typed, the rest is pruned; values of wrong types are left to validation. */
function decodeCustom(schema: JsonSchema, value: JsonObject): Decoded {
  const { metadata, ...rest } = value;
  const unknown: string[] = [];
  const pruned = prune(schema, { ...rest, ...(metadata !== undefined && { metadata }) }, unknown);
  if (metadata === undefined || metadata === null) return { object: pruned, unknown, errors: [] };
  const decoded = decode(builtinSchemas, objectMeta, metadata);
  if (!isJsonObject(metadata)) {
    const message = 'json: cannot unmarshal into Go struct field .metadata of type v1.ObjectMeta';
    return {
      object: pruned,
      unknown,
      errors: [{ type: 'FieldValueTypeInvalid', field: 'metadata', message }],
    };
  }
  return {
    object: { ...pruned, metadata: decoded.object },
    unknown: [...unknown, ...decoded.unknown.map((path) => `metadata.${path}`)],
    errors: decoded.errors.map((error) => ({ ...error, field: `metadata.${error.field}` })),
  };
}

interface Checks {
  readonly rules: RuleSet | undefined;
  readonly scale: NonNullable<CrdVersion['subresources']>['scale'];
}

function strategyOf(schema: JsonSchema, { rules, scale }: Checks): Strategy<JsonObject> {
  const judge = (
    object: DeepReadonly<JsonObject>,
    old?: DeepReadonly<JsonObject>,
    isStatus = false,
  ): FieldError[] => {
    const value = object as JsonObject;
    const before = old as JsonObject | undefined;
    const errors = [
      ...validateBySchema(schema, value, before),
      ...scaleErrors(scale, value, { isStatus }),
      ...embeddedErrors(schema, value),
      ...duplicateItems(schema, value, before),
    ];
    return rules ? [...errors, ...rules.judge({ object: value, old: before, errors })] : errors;
  };
  const complete = (draft: JsonObject): void => {
    const members = draft as unknown as Record<string, unknown>;
    const object = draft as unknown as JsonObject;
    const whole = withDefaults(schema, object);
    if (whole === object) return;
    for (const key of Object.keys(members)) if (whole[key] === undefined) delete members[key];
    // Defaults come from the schema, which is shared: the draft gets copies of its own.
    Object.assign(draft, copyJson(whole));
  };
  return {
    defaults: complete,
    defaultStatus: complete,
    validateCreate: (object) => judge(object),
    validateUpdate: (object, old) => judge(object, old),
    validateStatusUpdate: (object, old) => judge(object, old, true),
    warnings: (object, old) => finalizerWarnings(finalizersOf(object), finalizersOf(old)),
  };
}

function finalizersOf(object: unknown): readonly string[] | undefined {
  return (object as KubeObject | undefined)?.metadata?.finalizers;
}

/** Source: apiextensions, `defaultDeprecationWarning`. */
function deprecationOf({ spec }: Crd, version: CrdVersion): string {
  if (version.deprecationWarning) return version.deprecationWarning;
  const { group, names, versions } = spec;
  const [better] = versions
    .filter((other) => other.served && !other.deprecated && compareVersions(other.name, version.name) < 0)
    .map(({ name }) => name)
    .sort(compareVersions);
  const text = `${apiVersionOf({ group, version: version.name })} ${names.kind} is deprecated`;
  return better === undefined
    ? text
    : `${text}; use ${apiVersionOf({ group, version: better })} ${names.kind}`;
}

function selectableFieldsOf({ selectableFields = [] }: CrdVersion): AnyKind['selectableFields'] {
  return Object.fromEntries(
    selectableFields.map(({ jsonPath }) => {
      const name = jsonPath.replace(/^\./, '');
      const path = name.split('.');
      return [
        name,
        (object: JsonObject) => {
          const value = valueAt(object, path);
          return value === undefined || value === null ? '' : String(value);
        },
      ];
    }),
  );
}

interface ConversionParts {
  readonly hub: AnyKind;
  readonly converter: Converter;
  readonly version: string;
}

function conversionOf(schema: JsonSchema, { hub, converter, version }: ConversionParts): Conversion {
  const own = apiVersionOf({ group: hub.group, version });
  const stored = apiVersionOf(hub);
  const fills = hasDefaults(schema);
  const shaped = (objects: readonly JsonObject[]) =>
    objects.map((object) => {
      const pruned = prune(schema, object);
      return fills ? withDefaults(schema, pruned) : pruned;
    });
  return {
    hub,
    fromHub(objects) {
      const converted = converter(objects, own);
      return converted instanceof Promise ? converted.then(shaped) : shaped(converted);
    },
    toHub: (objects) => converter(objects, stored),
  };
}
