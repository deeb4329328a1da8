// Makes the secrets of this installation in its volumes at the first start, and gives each folder to those that use it. What is there stays.
// Runs as root, in a container without a network; folders that it does not find are not in use.
import { randomBytes } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';

/** User of Malla's services, of agents, and of the database's image. */
const MALLA = 65532;
const AGENT = 1337;
const POSTGRES = 999;

const DATABASE = '/database';
const TOKENS = '/tokens';

/** Appears complete or not at all, so that a start that is cut short is made good by the next one. */
function writeOnce(file, text, owner) {
  if (fs.existsSync(file)) return;
  fs.writeFileSync(`${file}.new`, text, { mode: 0o600 });
  fs.chownSync(`${file}.new`, owner, owner);
  fs.renameSync(`${file}.new`, file);
  console.log(`made ${file}`);
}

// The password for the server, and again in the form that clients read (https://www.postgresql.org/docs/15/libpq-pgpass.html).
const password = path.join(DATABASE, 'password');
fs.chmodSync(DATABASE, 0o755);
writeOnce(password, randomBytes(24).toString('base64url'), POSTGRES);
writeOnce(path.join(DATABASE, 'pgpass'), `postgres:5432:malla:malla:${fs.readFileSync(password, 'utf8')}\n`, MALLA);

// Tokens are written by one service and read by agents, each of which sees its own folder alone. What is written there is of the folder's group.
for (const name of fs.readdirSync(TOKENS)) {
  fs.chownSync(path.join(TOKENS, name), MALLA, AGENT);
  fs.chmodSync(path.join(TOKENS, name), 0o2750);
}
