// Reads where this machine gets Python packages from, as pip does: configuration files, then PIP_* variables.
// https://pip.pypa.io/en/stable/topics/configuration/ (files and their order), https://pip.pypa.io/en/stable/cli/pip_install/
import fs from 'node:fs';
import path from 'node:path';

/** The index when nothing else is configured. */
export const DEFAULT_INDEX = 'https://pypi.org/simple';

/** The pip command whose section applies besides [global]; later sections win. */
const SECTIONS = ['global', 'download', 'install'];

/**
 * Parses pip's INI file into options of the sections that matter here. Keys are normalised as pip does
 * (`--Index_Url` is `index-url`); indented lines continue the value before them.
 * @param {string} text @returns {Record<string, string>}
 */
export function parsePipConfig(text) {
  /** @type {Record<string, Record<string, string>>} */
  const sections = {};
  let section = '';
  let key = '';
  for (const line of text.split(/\r?\n/)) {
    if (/^\s*([#;].*)?$/.test(line)) continue;
    const header = /^\[([^\]]+)\]\s*$/.exec(line);
    if (header) {
      section = header[1];
      key = '';
    } else if (/^\s/.test(line) && key) {
      sections[section][key] += `\n${line.trim()}`;
    } else {
      const option = /^\s*([^=:\s][^=:]*?)\s*[=:]\s*(.*)$/.exec(line);
      if (!option) continue;
      key = normaliseKey(option[1]);
      (sections[section] ??= {})[key] = option[2].trim();
    }
  }
  return Object.assign({}, ...SECTIONS.map((name) => sections[name] ?? {}));
}

function normaliseKey(key) {
  return key.trim().toLowerCase().replace(/^--/, '').replaceAll('_', '-');
}

/** Configuration files in pip's order: machine, user (old place, new place), virtual environment, PIP_CONFIG_FILE. */
export function pipConfigFiles(env, home) {
  const named = env.PIP_CONFIG_FILE;
  if (named === '/dev/null') return [];
  const machine = (env.XDG_CONFIG_DIRS || '/etc/xdg').split(':').map((folder) => path.join(folder, 'pip', 'pip.conf'));
  const userConfig = env.XDG_CONFIG_HOME || path.join(home, '.config');
  return [
    ...machine,
    '/etc/pip.conf',
    path.join(home, '.pip', 'pip.conf'),
    path.join(userConfig, 'pip', 'pip.conf'),
    ...(env.VIRTUAL_ENV ? [path.join(env.VIRTUAL_ENV, 'pip.conf')] : []),
    ...(named ? [named] : []),
  ];
}

/**
 * @typedef {object} PackageSources
 * @property {string[]} indexes simple-index URLs in the order to ask them, without a trailing slash; empty with `no-index`
 * @property {string[]} folders local folders of wheels (`find-links`), asked before the indexes
 * @property {string | undefined} certificates file of further CA certificates (PEM)
 * @property {string | undefined} proxy proxy for the indexes, when pip has one of its own
 */

/**
 * The sources this machine is configured for.
 * @param {{env: NodeJS.ProcessEnv, home: string, readFile?: (file: string) => string | undefined}} machine
 * @returns {PackageSources}
 */
export function packageSources({ env, home, readFile = readIfThere }) {
  /** @type {Record<string, string>} */
  const options = {};
  for (const file of pipConfigFiles(env, home)) Object.assign(options, parsePipConfig(readFile(file) ?? ''));
  for (const [name, value] of Object.entries(env)) {
    if (name.startsWith('PIP_') && value) options[normaliseKey(name.slice('PIP_'.length))] = value;
  }
  const words = (key) => (options[key] ?? '').split(/\s+/).filter(Boolean);
  const offline = /^(1|true|yes|on)$/i.test(options['no-index'] ?? '');
  const indexes = offline ? [] : [options['index-url'] || DEFAULT_INDEX, ...words('extra-index-url')];
  return {
    indexes: indexes.map((url) => url.replace(/\/+$/, '')),
    folders: words('find-links')
      .map((link) => link.replace(/^file:\/\//, ''))
      .filter((link) => path.isAbsolute(link)),
    certificates: options.cert,
    proxy: options.proxy,
  };
}

function readIfThere(file) {
  try {
    return fs.readFileSync(file, 'utf8');
  } catch {
    return undefined;
  }
}
