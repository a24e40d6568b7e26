const second = 1000;
const minute = 60 * second;

/** How long something took: `0.4 s`, `12.3 s`, `2 min 5 s`. */
export function formatDuration(ms: number): string {
  if (ms < minute) return `${(Math.max(0, ms) / second).toFixed(1)} s`;
  const seconds = Math.round((ms % minute) / second);
  return `${Math.floor(ms / minute)} min${seconds ? ` ${seconds} s` : ''}`;
}

/** Binary units, as Kubernetes quantities use them: `512 MiB`, `1.5 GiB`. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  let value = bytes;
  let unit = 0;
  while (value >= 1024 && unit < units.length - 1) {
    value /= 1024;
    unit += 1;
  }
  return `${value >= 100 || Number.isInteger(value) ? Math.round(value) : value.toFixed(1)} ${units[unit]}`;
}

/** Cores: `0.25`, `4`; less than a hundredth in thousandths, as Kubernetes writes them: `3m`. */
export function formatCores(cores: number): string {
  if (cores > 0 && cores < 0.01) return `${Math.max(1, Math.round(cores * 1000))}m`;
  return cores >= 10 ? cores.toFixed(0) : Number(cores.toFixed(2)).toString();
}

/** `1 pod`, `3 pods`. */
export function plural(count: number, one: string, many = `${one}s`): string {
  return `${count.toLocaleString('en')} ${count === 1 ? one : many}`;
}
