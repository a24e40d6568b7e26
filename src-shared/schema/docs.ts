/** Text for a type, or for one of its fields when `property` is given; undefined when there is none. */
export type Docs = (schemaName: string, property?: string) => string | undefined;

/** Loads the documentation of all types (about 600 KB), which only `kubectl explain` and the editor need. */
export async function loadDocs(): Promise<Docs> {
  const { documentation } = await import('./generated/docs.ts');
  return (schemaName, property) => {
    if (!Object.hasOwn(documentation, schemaName)) return undefined;
    const entry = documentation[schemaName];
    if (!entry) return undefined;
    const text =
      property === undefined ? entry[0] : Object.hasOwn(entry[1], property) ? entry[1][property] : undefined;
    return text === '' ? undefined : text;
  };
}
