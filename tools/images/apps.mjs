// What each image holds. Every file that an entry reaches by imports is traced; what is read in other ways is named here.

/**
 * @typedef {object} AppImage
 * @property {string[]} entries programs, compiled, relative to the checkout
 * @property {string[]} [files] files and folders that are read at run time; a folder means all that is in it
 */

/** Koffi loads its compiled half by the name of the platform: koffi-linux-x64/linux_x64/koffi.node. */
function koffi(arch = process.arch) {
  const folder = `node_modules/@koromix/koffi-linux-${arch}`;
  return [`${folder}/package.json`, `${folder}/index.js`, `${folder}/linux_${arch}`];
}

/** Swagger UI's files that config-api shows, with their licences. */
const swagger = [
  ...['package.json', 'LICENSE', 'NOTICE', 'swagger-ui.css', 'favicon-32x32.png'],
  ...['swagger-ui-bundle.js', 'swagger-ui-standalone-preset.js'].flatMap((file) => [file, `${file}.LICENSE.txt`]),
];

/** By name of the image, which is that of the app and of the stage in the Dockerfile. @type {Record<string, AppImage>} */
export const APPS = {
  'certificate-authority': { entries: ['apps/certificate-authority/dist/main.js'] },
  'config-api': {
    entries: ['apps/config-api/dist/main.js'],
    files: [
      'apps/config-api/assets',
      'libs/store-prisma/prisma/migrations',
      ...swagger.map((file) => `node_modules/swagger-ui-dist/${file}`),
    ],
  },
  discovery: { entries: ['apps/discovery/dist/main.js'] },
  'policy-telemetry': {
    entries: ['apps/policy-telemetry/dist/main.js'],
    files: ['libs/store-prisma/prisma/migrations'],
  },
  'proxy-agent': {
    // The agent starts the built-in data plane as a program, and that its workers as threads.
    entries: [
      'apps/proxy-agent/dist/main.js',
      'apps/proxy-agent/dist/capture/main.js',
      'libs/dataplane/dist/program/main.js',
      'libs/dataplane/dist/worker/thread.js',
    ],
    files: koffi(),
  },
  mallactl: {
    entries: ['apps/mallactl/dist/bundle/start.js'],
    files: ['apps/mallactl/package.json'],
  },
  demo: { entries: ['apps/demo/dist/services/main.js'], files: ['apps/demo/config'] },
};

/** Bytes that no image may exceed. */
export const LARGEST_IMAGE = 250_000_000;

/** The name of an app's image. @param {string} app @param {string} version */
export function imageName(app, version) {
  return `malla/${app}:${version}`;
}
