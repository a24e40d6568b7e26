/** One thing the palette can do. */
export interface PaletteItem {
  readonly id: string;
  readonly label: string;
  /** Shown dimmed at the right. */
  readonly hint: string;
  readonly group: 'Actions' | 'Go to' | 'Objects';
  /** It interrupts something: never the first choice while anything else fits. */
  readonly disruptive?: boolean;
  readonly run: () => void;
}

/**
 * How well `text` fits `query`; higher is better, 0 not at all. Every letter must occur in order; matches at
 * the start, at word starts and in a row count more.
 */
export function fuzzyScore(query: string, text: string): number {
  const wanted = query.toLowerCase().replaceAll(' ', '');
  const hay = text.toLowerCase();
  if (wanted === '') return 1;
  if (hay.startsWith(wanted)) return 1000 - hay.length;
  const whole = hay.indexOf(wanted);
  if (whole >= 0) return 600 - whole - hay.length / 10;
  let score = 100;
  let at = -1;
  for (const letter of wanted) {
    const next = hay.indexOf(letter, at + 1);
    if (next < 0) return 0;
    const gap = next - at - 1;
    const wordStart = next === 0 || /[^a-z0-9]/.test(hay[next - 1] ?? ' ');
    score += gap === 0 ? 8 : wordStart ? 6 : -Math.min(gap, 12);
    at = next;
  }
  return Math.max(1, score - hay.length / 10);
}

/** The best items for a query, grouped in a fixed order, at most `limit`. */
export function rankItems(
  items: readonly PaletteItem[],
  query: string,
  limit: number,
): readonly PaletteItem[] {
  const groups: PaletteItem['group'][] = ['Actions', 'Go to', 'Objects'];
  const best = items
    .map((item) => ({ item, score: fuzzyScore(query, item.label) / (item.disruptive ? 1000 : 1) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, limit);
  const top = new Map(
    groups.map((group) => [
      group,
      Math.max(0, ...best.filter(({ item }) => item.group === group).map(({ score }) => score)),
    ]),
  );
  const order = query === '' ? groups : [...groups].sort((a, b) => (top.get(b) ?? 0) - (top.get(a) ?? 0));
  return order.flatMap((group) => best.filter(({ item }) => item.group === group).map(({ item }) => item));
}
