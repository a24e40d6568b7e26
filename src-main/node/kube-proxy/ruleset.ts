/** A set or a map of an nftables table. */
export interface NftSet {
  readonly kind: 'set' | 'map';
  /** e.g. `type ipv4_addr`, `flags dynamic,timeout`. */
  readonly properties: readonly string[];
  /** Key to value (`''` in a set). Undefined: the kernel fills it, and we leave it alone. */
  readonly elements: ReadonlyMap<string, string> | undefined;
}

export interface NftChain {
  /** e.g. `type nat hook output priority dstnat; policy accept;`; undefined: reached by jumps only. */
  readonly hook?: string;
  readonly rules: readonly string[];
}

/** One nftables table of family `inet`, as data: it can be written out whole or as the change from another. */
export interface Ruleset {
  readonly sets: ReadonlyMap<string, NftSet>;
  readonly chains: ReadonlyMap<string, NftChain>;
}

/** A script for `nft -f` that puts this table in the place of whatever has its name, in one transaction. */
export function formatWhole(table: string, { sets, chains }: Ruleset): string {
  const lines = [`table inet ${table}`, `delete table inet ${table}`, `table inet ${table} {`];
  for (const [name, set] of sets) {
    lines.push(`  ${set.kind} ${name} {`, ...set.properties.map((property) => `    ${property}`));
    if (set.elements && set.elements.size > 0) lines.push(`    elements = { ${elementList(set.elements)} }`);
    lines.push('  }');
  }
  for (const [name, { hook, rules }] of chains) {
    lines.push(`  chain ${name} {`);
    if (hook) lines.push(`    ${hook}`);
    lines.push(...rules.map((rule) => `    ${rule}`), '  }');
  }
  lines.push('}', '');
  return lines.join('\n');
}

/**
 * A script that leads from `before`, which the kernel holds, to `after`, in one transaction: what is the same
 * is not touched, so sets that the kernel fills keep their elements. Empty when nothing changed.
 */
export function formatChanges(table: string, before: Ruleset, after: Ruleset): string {
  const at = `inet ${table}`;
  const lines: string[] = [];
  for (const [name, set] of after.sets) {
    if (!before.sets.has(name)) lines.push(`add ${set.kind} ${at} ${name} { ${set.properties.join('; ')}; }`);
  }
  for (const name of after.chains.keys()) if (!before.chains.has(name)) lines.push(`add chain ${at} ${name}`);
  // Rules first: they may name new chains and sets, and those that go must be named by none.
  for (const [name, chain] of after.chains) {
    const known = before.chains.get(name);
    if (known && sameList(known.rules, chain.rules)) continue;
    if (known) lines.push(`flush chain ${at} ${name}`);
    lines.push(...chain.rules.map((rule) => `add rule ${at} ${name} ${rule}`));
  }
  const goneChains = [...before.chains.keys()].filter((name) => !after.chains.has(name));
  lines.push(...goneChains.map((name) => `flush chain ${at} ${name}`));
  for (const [name, { elements }] of after.sets) {
    if (elements)
      lines.push(...elementChanges(`${at} ${name}`, before.sets.get(name)?.elements ?? noElements, elements));
  }
  lines.push(...goneChains.map((name) => `delete chain ${at} ${name}`));
  for (const [name, set] of before.sets) {
    if (!after.sets.has(name)) lines.push(`delete ${set.kind} ${at} ${name}`);
  }
  return lines.length === 0 ? '' : `${lines.join('\n')}\n`;
}

const noElements: ReadonlyMap<string, string> = new Map();

function elementChanges(
  at: string,
  before: ReadonlyMap<string, string>,
  after: ReadonlyMap<string, string>,
): string[] {
  const gone = [...before].filter(([key, value]) => after.get(key) !== value);
  const fresh = [...after].filter(([key, value]) => before.get(key) !== value);
  return [
    ...(gone.length > 0 ? [`delete element ${at} { ${elementList(new Map(gone))} }`] : []),
    ...(fresh.length > 0 ? [`add element ${at} { ${elementList(new Map(fresh))} }`] : []),
  ];
}

function elementList(elements: ReadonlyMap<string, string>): string {
  return [...elements].map(([key, value]) => (value === '' ? key : `${key} : ${value}`)).join(', ');
}

function sameList(a: readonly string[], b: readonly string[]): boolean {
  return a.length === b.length && a.every((item, index) => item === b[index]);
}
