// One set-up at a time per checkout: a lock file that names its holder, and that outlives no process.
import fs from 'node:fs';
import path from 'node:path';
import { say } from './report.mjs';

/** Milliseconds between two looks at a lock that another process holds. */
const RETRY_MS = 500;

/**
 * Runs `work` while holding the lock file; waits for another live holder, and takes over from a dead one.
 * @template T
 * @param {string} file @param {() => Promise<T>} work @returns {Promise<T>}
 */
export async function withLock(file, work) {
  fs.mkdirSync(path.dirname(file), { recursive: true });
  let told = false;
  while (!tryLock(file)) {
    const holder = Number(readHolder(file));
    if (!isAlive(holder)) {
      fs.rmSync(file, { force: true });
      continue;
    }
    if (!told) say(`  Another set-up of this checkout is running (process ${holder}); waiting for it`);
    told = true;
    await new Promise((resolve) => setTimeout(resolve, RETRY_MS));
  }
  try {
    return await work();
  } finally {
    fs.rmSync(file, { force: true });
  }
}

/** Writes the holder beside the lock first: a lock file is never seen without its holder. */
function tryLock(file) {
  const mine = `${file}.${process.pid}`;
  fs.writeFileSync(mine, String(process.pid));
  try {
    fs.linkSync(mine, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    fs.rmSync(mine, { force: true });
  }
}

function readHolder(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return '';
  }
}

function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
