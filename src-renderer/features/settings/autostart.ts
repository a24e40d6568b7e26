/** The names with one more or one less. */
export function withName(names: readonly string[], name: string, on: boolean): readonly string[] {
  const others = names.filter((other) => other !== name);
  return on ? [...others, name] : others;
}
