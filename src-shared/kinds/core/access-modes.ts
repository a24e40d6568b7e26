const short: readonly (readonly [string, string])[] = [
  ['ReadWriteOnce', 'RWO'],
  ['ReadOnlyMany', 'ROX'],
  ['ReadWriteMany', 'RWX'],
  ['ReadWriteOncePod', 'RWOP'],
];

/** `RWO,ROX`: ways to mount a volume as tables show them. */
export function accessModesText(modes: readonly string[] | undefined): string {
  return short
    .filter(([mode]) => modes?.includes(mode))
    .map(([, text]) => text)
    .join(',');
}
