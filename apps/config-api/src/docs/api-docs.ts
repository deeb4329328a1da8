import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

/** A file of the documentation page. */
export interface DocsFile {
  readonly type: string;
  readonly data: Buffer;
}

/** Nothing from elsewhere is loaded, and nothing is sent elsewhere; the styles of Swagger UI are set by its script. */
export const docsHeaders: Readonly<Record<string, string>> = {
  'content-security-policy':
    "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
  'x-content-type-options': 'nosniff',
  'referrer-policy': 'no-referrer',
};

const types: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
};

const own = ['index.html', 'docs.css', 'docs.js'];
const bundled = ['swagger-ui.css', 'swagger-ui-bundle.js', 'swagger-ui-standalone-preset.js', 'favicon-32x32.png'];

/** The page that shows the OpenAPI documents, made of Swagger UI's own files; all of it comes from this service. Files are read once. */
export class ApiDocs {
  readonly #files = new Map<string, DocsFile>();

  /** A file below `/docs/`, `''` for the page itself; undefined if there is none. */
  file(name: string): DocsFile | undefined {
    const wanted = name === '' ? 'index.html' : name;
    const known = this.#files.get(wanted);
    if (known !== undefined) return known;
    const from = own.includes(wanted) ? assetsFolder : bundled.includes(wanted) ? swaggerFolder() : undefined;
    if (from === undefined) return undefined;
    const file = { type: types[path.extname(wanted)] ?? 'text/plain', data: readFileSync(path.join(from, wanted)) };
    this.#files.set(wanted, file);
    return file;
  }
}

/** Beside the sources and beside `dist` alike. */
const assetsFolder = path.join(import.meta.dirname, '..', '..', 'assets');

function swaggerFolder(): string {
  return path.dirname(createRequire(import.meta.url).resolve('swagger-ui-dist/package.json'));
}
