const unitMs: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1000,
  m: 60_000,
  h: 3_600_000,
};

/** A duration as Go writes it, `1h30m` or `90s`, in milliseconds; or why it is none, in Go's words. */
export function parseDuration(text: string): { readonly ms: number } | { readonly error: string } {
  const invalid = { error: `time: invalid duration ${JSON.stringify(text)}` };
  const [, sign = '', body = ''] = /^([+-]?)(.*)$/s.exec(text) ?? [];
  if (body === '0') return { ms: 0 };
  if (body === '') return invalid;
  let ms = 0;
  let rest = body;
  while (rest !== '') {
    const match = /^(\d*\.?\d*)([^\d.]*)/.exec(rest);
    const [whole = '', number = '', unit = ''] = match ?? [];
    if (!/\d/.test(number)) return invalid;
    const quoted = JSON.stringify(text);
    if (unit === '') return { error: `time: missing unit in duration ${quoted}` };
    const factor = Object.hasOwn(unitMs, unit) ? unitMs[unit] : undefined;
    if (factor === undefined) {
      return { error: `time: unknown unit ${JSON.stringify(unit)} in duration ${quoted}` };
    }
    ms += Number(number) * factor;
    rest = rest.slice(whole.length);
  }
  return { ms: sign === '-' ? -ms : ms };
}
