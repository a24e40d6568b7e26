/** Longer texts are not worth their place. */
const longest = 256;

/**
 * `compute` for texts of which few occur again and again, such as label keys and amounts: its answers to the last
 * `max` or fewer different texts are remembered. They are shared, hence must not be changed. Pure functions only.
 */
export function remembering<T>(compute: (text: string) => T, max = 1000): (text: string) => T {
  const known = new Map<string, T>();
  return (text) => {
    const found = known.get(text);
    if (found !== undefined) return found;
    const result = compute(text);
    if (text.length > longest) return result;
    if (known.size >= max) known.clear();
    known.set(text, result);
    return result;
  };
}
