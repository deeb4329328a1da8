import { didYouMean } from '@malla/model';
import { complaint, quoted, type Complaint } from './complaint.ts';

/** What is wrong with a path or URI reference without spaces and control characters (RFC 3986), or undefined. */
export function uriTextProblem(text: string): Complaint | undefined {
  return /^[!-~\u0080-\uffff]+$/.test(text)
    ? undefined
    : complaint('must be a path without spaces and control characters', 'write %20 for a space');
}

const scheme = /^([A-Za-z][-+.A-Za-z0-9]*):/;

/** A URI that is read as Go does: no control characters and spaces, `%` only before two hexadecimal digits, a host that is one. */
function isUri(text: string): boolean {
  if (!/^[!-~\u0080-\uffff]+$/.test(text) || /%(?![0-9A-Fa-f]{2})/.test(text)) return false;
  const authority = /^(?:[A-Za-z][-+.A-Za-z0-9]*:)?\/\/([^/?#]*)/.exec(text)?.[1];
  return authority === undefined || /^([^@]*@)?(\[[0-9A-Fa-f:.]+\]|[^\s[\]:<>"\\^`{|}%]*)(:\d*)?$/.test(authority);
}

/** What is wrong with an address of the web whose scheme must be one of these, or undefined. */
export function urlProblem(text: string, schemes: readonly string[]): Complaint | undefined {
  const hint = `write it as in ${schemes[0]}://example.com/path`;
  const found = scheme.exec(text)?.[1]?.toLowerCase();
  if (found === undefined) return complaint(`must begin with ${schemes.map((s) => `${s}://`).join(' or ')}`, hint);
  if (!schemes.includes(found))
    return complaint(`has the scheme ${quoted(found)}`, didYouMean(found, schemes) ?? `use ${schemes.join(', ')}`);
  return isUri(text) && new RegExp(`^${found}://[^/?#]`, 'i').test(text)
    ? undefined
    : complaint(`is not a URL: ${quoted(text)}`, hint);
}

const wasmSchemes = ['oci', 'https', 'http', 'file'];

/**
 * What is wrong with where a WebAssembly module is fetched from, or undefined; without a scheme it is an OCI image. Source:
 * https://istio.io/latest/docs/reference/config/proxy_extensions/wasm-plugin/#WasmPlugin (url)
 */
export function moduleUrlProblem(text: string): Complaint | undefined {
  const hint = 'write oci://registry/image:tag, https://host/file.wasm or file:///path/file.wasm';
  if (text === '') return complaint('must not be empty', hint);
  const found = scheme.exec(text)?.[1]?.toLowerCase();
  if (found !== undefined && !wasmSchemes.includes(found))
    return complaint(
      `has the scheme ${quoted(found)}`,
      didYouMean(found, wasmSchemes) ?? `${hint}; a registry with a port needs oci://`,
    );
  const isAbsolute = found !== undefined || text.startsWith('/');
  return isUri(isAbsolute ? text : `http://${text}`) ? undefined : complaint(`is not a URL: ${quoted(text)}`, hint);
}
