// Applies the sample's configuration when there is none yet: what users have made of it since stays as it is.
// node apply-sample.mjs MALLACTL [--OPTION ...] FILE...
import { spawnSync } from 'node:child_process';

const [mallactl, ...rest] = process.argv.slice(2);
const { options = [], files = [] } = Object.groupBy(rest, (word) => (word.startsWith('--') ? 'options' : 'files'));
const run = (...args) => spawnSync(process.execPath, [mallactl, ...args, ...options], { encoding: 'utf8' });

const { status, stdout, stderr } = run('get', 'virtualservice', '-A', '-o', 'name');
if (status !== 0) {
  process.stderr.write(stderr);
  process.exitCode = 1;
} else if (stdout.trim() !== '') {
  console.log('There is configuration already; nothing is applied');
} else {
  const applied = run('apply', ...files.flatMap((file) => ['-f', file]));
  process.stdout.write(applied.stdout);
  process.stderr.write(applied.stderr);
  process.exitCode = applied.status ?? 1;
}
