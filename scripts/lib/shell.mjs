import { spawn, spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

/** The project's root folder. */
export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Prints a sentence for the user and ends the process with status 1. */
export function fail(sentence) {
  process.stderr.write(`slipway: ${sentence}\n`);
  process.exit(1);
}

/** One line of progress on stderr. */
export function say(line) {
  process.stderr.write(`slipway: ${line}\n`);
}

/** True when `file` runs and exits with 0. */
export function succeeds(file, args = []) {
  return spawnSync(file, args, { stdio: 'ignore' }).status === 0;
}

/**
 * Runs a program to its end with the terminal's streams; resolves to the exit status (1 when killed). `onSpawn` is
 * given its process id.
 */
export function run(file, args, { onSpawn, ...options } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(file, args, { cwd: root, stdio: 'inherit', ...options });
    if (child.pid) onSpawn?.(child.pid);
    const forward = (signal) => child.kill(signal);
    process.on('SIGINT', forward);
    process.on('SIGTERM', forward);
    child.on('error', reject);
    child.on('exit', (code) => {
      process.off('SIGINT', forward);
      process.off('SIGTERM', forward);
      resolve(code ?? 1);
    });
  });
}

/** Runs a script of this project with this Node.js. */
export function runNode(script, args = [], options = {}) {
  return run(process.execPath, [script, ...args], options);
}

/** Runs a program of node_modules/.bin. */
export function runBin(name, args = [], options = {}) {
  const suffix = process.platform === 'win32' ? '.cmd' : '';
  return run(`${root}/node_modules/.bin/${name}${suffix}`, args, options);
}
