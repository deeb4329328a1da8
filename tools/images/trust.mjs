// The certificates that this machine trusts besides those that Node.js knows: builds need them where a proxy opens TLS.
import fs from 'node:fs';
import path from 'node:path';
import { runQuietly } from '../setup/process.mjs';

/**
 * Writes them where the Dockerfile looks; an empty file when nothing is configured. Only the stages that fetch something see it.
 * Sources, the first that is set: NODE_EXTRA_CA_CERTS, npm's `cafile`.
 * @param {string} context folder that is sent to the builder @param {NodeJS.ProcessEnv} env
 */
export async function writeTrust(context, env) {
  const file = env.NODE_EXTRA_CA_CERTS || (await npmCafile(env));
  const target = path.join(context, '.tools/images/trust.pem');
  fs.mkdirSync(path.dirname(target), { recursive: true });
  fs.writeFileSync(target, file && fs.existsSync(file) ? fs.readFileSync(file) : '');
}

async function npmCafile(env) {
  const value = await npmSetting('cafile', env);
  return value === 'null' || value === 'undefined' ? undefined : value;
}

/** A setting of npm, as text; undefined without npm. @param {string} name @param {NodeJS.ProcessEnv} env */
export async function npmSetting(name, env) {
  const { code, output } = await runQuietly(['npm', 'config', 'get', name], { env });
  return code === 0 ? output.trim() : undefined;
}
