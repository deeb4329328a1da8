import type { DirectResponseIr, RedirectIr } from '@malla/ir';
import {
  RedirectAction_RedirectResponseCode as Code,
  type DirectResponseAction,
  type RedirectAction,
} from '@malla/protos/gen/envoy/config/route/v3/route_components_pb';
import { readDataSource } from '../wire/data-source.ts';
import type { FieldReader } from '../wire/field-reader.ts';

const codes: Readonly<Record<number, RedirectIr['code']>> = {
  [Code.MOVED_PERMANENTLY]: 301,
  [Code.FOUND]: 302,
  [Code.SEE_OTHER]: 303,
  [Code.TEMPORARY_REDIRECT]: 307,
  [Code.PERMANENT_REDIRECT]: 308,
};

/** Envoy's redirect; only whole paths can be replaced. */
export function readRedirect(reader: FieldReader<RedirectAction>): RedirectIr {
  const authority = reader.take('hostRedirect');
  const port = reader.take('portRedirect');
  if (port > 65_535) reader.refuse('portRedirect', 'is no port');
  const path = reader.oneof<'pathRewriteSpecifier', string>('pathRewriteSpecifier', { pathRedirect: (value) => value });
  const scheme = readScheme(reader);
  return {
    kind: 'redirect',
    ...(path !== undefined && path !== '' && { path }),
    ...(authority !== '' && { authority }),
    ...(port > 0 && { port }),
    ...(scheme && { scheme }),
    code: reader.choice('responseCode', codes) ?? 301,
  };
}

function readScheme(reader: FieldReader<RedirectAction>): RedirectIr['scheme'] {
  return reader.oneof<'schemeRewriteSpecifier', RedirectIr['scheme']>('schemeRewriteSpecifier', {
    httpsRedirect: (on) => (on ? 'https' : undefined),
    schemeRedirect: (scheme, path) => {
      const name = scheme.toLowerCase();
      if (name === 'http' || name === 'https') return name;
      if (name !== '') reader.reading.report(path, `${scheme} is not supported`);
      return undefined;
    },
  });
}

/** An answer by the proxy itself; the body is at most so many bytes long. */
export function readDirectResponse(reader: FieldReader<DirectResponseAction>, maxBodyBytes: number): DirectResponseIr {
  const source = reader.message('body');
  const body = source ? readDataSource(source) : '';
  const bytes = Buffer.byteLength(body);
  if (bytes > maxBodyBytes) reader.refuse('body', `has ${bytes} bytes; at most ${maxBodyBytes} are allowed`);
  return { kind: 'direct-response', status: reader.take('status'), body };
}
