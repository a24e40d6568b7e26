import { readFileSync } from 'node:fs';
import { errorCode } from './system-error.ts';

/**
 * When a process began, in a form only compared for equality: on Linux the boot's id and the start time in clock
 * ticks (`/proc/<pid>/stat`, field 22, see proc(5)). Undefined when there is no such process or it is a zombie;
 * empty where the platform does not tell.
 */
export function processStart(pid: number): string | undefined {
  if (process.platform !== 'linux') return '';
  const stat = readText(`/proc/${pid}/stat`);
  if (stat === undefined) return undefined;
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  if (fields[0] === 'Z' || fields[0] === 'X') return undefined;
  return `${readText('/proc/sys/kernel/random/boot_id')?.trim() ?? ''}:${fields[19]}`;
}

/**
 * Whether the process that wrote down its id and its {@link processStart} still runs. A process that has its id by
 * now, after a reboot for example, is another one; without a start only the id decides.
 */
export function isProcessAlive(pid: number, started = ''): boolean {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (errorCode(error) !== 'EPERM') return false;
  }
  const now = processStart(pid);
  if (now === undefined) return false;
  return started === '' || now === '' || now === started;
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return undefined; // no such process, or /proc hides those of others: not one of ours either way
  }
}
