import { jsonEqual } from '../../../lib/json.ts';
import type { Unchecked } from '../../../lib/types.ts';
import type { JsonSchema } from '../json-schema.ts';
import { type CrdVersion, schemaOf, type UncheckedCrd } from './names.ts';

type Version = Unchecked<CrdVersion>;
type Part = 'schema' | 'subresources' | 'additionalPrinterColumns' | 'selectableFields';

/** One of the parts of versions, where errors say it stands, and whose it is. */
export interface PlacedPart {
  readonly field: string;
  readonly versions: readonly Version[];
}

/** Where a part stands that all versions have alike: a definition of one version has all of them there. */
const commonFields: Readonly<Record<Part, string>> = {
  schema: 'spec.validation',
  subresources: 'spec.subresources',
  additionalPrinterColumns: 'spec.additionalPrinterColumns',
  selectableFields: 'spec.selectableFields',
};

/**
 * What versions say, what is the same in all of them once: Kubernetes' own form of a definition has it beside the
 * versions, and errors name the places of that form. Source: apiextensions, `Convert_v1_CustomResourceDefinitionSpec`.
 */
export function placedParts({ spec }: UncheckedCrd, part: Part): readonly PlacedPart[] {
  const versions = spec?.versions ?? [];
  const [first, ...others] = versions;
  if (!first) return [];
  if (others.every((other) => jsonEqual(other[part] ?? null, first[part] ?? null)))
    return first[part] === undefined ? [] : [{ field: commonFields[part], versions }];
  return versions.flatMap((version, i) =>
    version[part] === undefined ? [] : [{ field: `spec.versions[${i}].${part}`, versions: [version] }],
  );
}

/** The schemas of a definition. */
export function placedSchemas(crd: UncheckedCrd): readonly (PlacedPart & { readonly schema: JsonSchema })[] {
  return placedParts(crd, 'schema').flatMap(({ field, versions }) => {
    const [version] = versions;
    const schema = version && schemaOf(version);
    return schema ? [{ field: `${field}.openAPIV3Schema`, versions, schema }] : [];
  });
}
