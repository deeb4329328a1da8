// A machine with git, Node.js 20 and npm, and a clone of HEAD: tools/clean-room.sh as a place where guides are tried.
import fs from 'node:fs';
import path from 'node:path';
import { ROOT } from '../../setup/context.mjs';
import { runQuietly } from '../../setup/process.mjs';
import { SetupError, withProgress } from '../../setup/report.mjs';
import { Terminal } from '../terminal.mjs';

/** Not that of others: two must not have one clone. */
export const ROOM = '/var/tmp/malla-guides-room';

/** Folder of the clone on this machine. */
export const CLONE = path.join(ROOM, 'srv/tester/malla');

/** Makes the chroot, with what guides need besides; nothing to do when it is there. @throws {SetupError} where it cannot be made */
export async function makeRoom() {
  if (process.getuid() !== 0) throw new SetupError('this guide is tried in a chroot, which needs root');
  if (fs.existsSync(path.join(ROOM, 'usr/bin/curl'))) return;
  const install = 'apt-get update -qq && apt-get install -y -qq --no-install-recommends curl';
  await withProgress('the clean room', async () => {
    for (const command of [
      [path.join(ROOT, 'tools/clean-room.sh'), '--room', ROOM, '--user', 'true'],
      ['chroot', ROOM, 'sh', '-c', install],
    ]) {
      const { code, output } = await runQuietly(command);
      if (code !== 0) throw new SetupError(`${command[0]} ended with ${code}`, output.trim().slice(-2000));
    }
  });
}

/**
 * @param {{ keep?: boolean, prefix?: string[], echo: (text: string) => void }} options `keep`: the last clone again; `prefix`: a command that
 * the room runs under
 */
export function roomTerminal({ keep = false, prefix = [], echo }) {
  const again = keep && fs.existsSync(CLONE) ? ['--keep'] : [];
  const room = [path.join(ROOT, 'tools/clean-room.sh'), '--room', ROOM, '--user', ...again];
  return new Terminal([...prefix, ...room, 'bash', '--norc'], { cwd: ROOT, echo });
}
