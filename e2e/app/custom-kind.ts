/** The definition of a namespaced kind with one version, of which `spec` has one field, shown in a column. */
export function customKind({ group, kind, plural, field, column, description }: CustomKind) {
  const told = description === undefined ? {} : { description };
  const [name, type] = field;
  const spec = { type: 'object', properties: { [name]: { type, ...told } } };
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, singular: kind.toLowerCase(), kind },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', ...told, properties: { spec } } },
          additionalPrinterColumns: [{ name: column, type, ...told, jsonPath: `.spec.${name}` }],
        },
      ],
    },
  };
}

interface CustomKind {
  readonly group: string;
  readonly kind: string;
  readonly plural: string;
  /** Name and type. */
  readonly field: readonly [string, string];
  readonly column: string;
  /** Of the kind, the field and the column. */
  readonly description?: string;
}
