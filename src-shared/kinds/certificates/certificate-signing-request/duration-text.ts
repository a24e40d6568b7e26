const units: readonly (readonly [string, number])[] = [
  ['y', 365 * 24 * 3600],
  ['d', 24 * 3600],
  ['h', 3600],
  ['m', 60],
];

/** A whole number of seconds in the two largest units that fit: `24h`, `2d1h`, `90s`. */
export function durationText(seconds: number): string {
  if (seconds < 120) return `${seconds}s`;
  for (const [index, [unit, size]] of units.entries()) {
    const whole = Math.floor(seconds / size);
    if (whole < 1) continue;
    const [nextUnit, nextSize] = units[index + 1] ?? ['s', 1];
    const rest = Math.floor((seconds - whole * size) / nextSize);
    return rest > 0 ? `${whole}${unit}${rest}${nextUnit}` : `${whole}${unit}`;
  }
  return `${seconds}s`;
}
