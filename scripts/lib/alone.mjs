import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { fail, root, say } from './shell.mjs';

/**
 * Runs `action` while no other process of this project works on `folder` (two commands in two terminals): waits for
 * that one, unless it is dead. `action` is given a function that names a child process which works on it too: one
 * that outlives a killed parent is waited for as well. A folder that may not be written ends the process with a
 * sentence.
 */
export async function alone(folder, action) {
  const lock = `${folder}.lock`;
  let told = false;
  while (!taken(lock)) {
    if (!told) say(`waiting for another command that works on ${folder} (if there is none: remove ${lock})`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, 500));
  }
  const leave = () => rmSync(lock, { force: true });
  process.on('exit', leave);
  try {
    return await action((child) => writeFileSync(lock, `${process.pid} ${child}`));
  } catch (error) {
    failUnwritable(error);
    throw error;
  } finally {
    process.off('exit', leave);
    leave();
  }
}

function taken(lock) {
  try {
    writeFileSync(lock, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    failUnwritable(error);
    if (error.code !== 'EEXIST') throw error;
  }
  if (!isAlive(lock)) rmSync(lock, { force: true });
  return false;
}

/** Whether a process that left its number is there; one that has not written it yet counts as alive for a while. */
function isAlive(lock) {
  try {
    const pids = readFileSync(lock, 'utf8').split(' ').filter(Boolean);
    return pids.length > 0 ? pids.some(isRunning) : Date.now() - statSync(lock).mtimeMs < 5000;
  } catch {
    return false; // gone meanwhile
  }
}

/** One that has ended and that nobody has reaped yet (a container without an init) does not run. */
function isRunning(pid) {
  try {
    process.kill(Number(pid), 0);
    return process.platform !== 'linux' || !/\) Z /.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
  } catch (error) {
    return error.code === 'EPERM';
  }
}

function failUnwritable(error) {
  if (error.code === 'ENOSPC')
    fail(`the disk of ${root} is full. Make room there, then run the same command again.`);
  if (!['EACCES', 'EROFS', 'EPERM'].includes(error.code)) return;
  fail(
    `${root} cannot be written (${error.code}), and packages or the build are still missing there. ` +
      'Clone Slipway into a folder of your own, or make this one writable, then run the same command again.',
  );
}
