// Codes of errors: what kind of failure, on each of the three faces.
import fs from 'node:fs';
import path from 'node:path';
import { status } from '@grpc/grpc-js';
import { statusOf } from '@malla/grpc';
import { MallaError } from '@malla/model';
import { statusOfError } from '../../../apps/config-api/dist/rest/api-status.js';
import { exitCodeOf } from '../../../apps/mallactl/dist/failure.js';
import { code, page, table } from '../markdown.mjs';

const INTRODUCTION = `Every failure has one of these codes. It decides the status over HTTP (in a Kubernetes \`Status\` object), over gRPC, and the
exit code of \`mallactl\`. Problems of resources have codes of their own: [problem-codes.md](problem-codes.md); they come as \`causes\` of a 422.`;

const MEANINGS = {
  invalid: 'the request is wrong; it will fail again until it is mended',
  not_found: 'there is no such thing',
  conflict: 'somebody was faster, or the state does not allow it: read again, then decide',
  already_exists: 'create of what is there already',
  unauthenticated: 'no token or certificate, or one that does not hold (any more)',
  permission_denied: 'known, and not allowed',
  unavailable: 'something that is needed is away; try again',
  expired: 'a revision that is compacted already: list or watch anew',
  exhausted: 'a rate limit or a quota; try again later',
  unsupported: 'there is no such verb here',
  internal: 'a mistake of Malla; the reason is in the log of the service',
};

/** The codes, from the type that names them. */
function codes() {
  const source = fs.readFileSync(path.join(import.meta.dirname, '../../../libs/model/src/malla-error.ts'), 'utf8');
  const union = /export type ErrorCode =([^;]+);/.exec(source.replace(/\/\*\*.*?\*\//gs, ''))?.[1] ?? '';
  return [...union.matchAll(/'(\w+)'/g)].map(([, name]) => name);
}

/** docs/reference/errors.md */
export function errorsPage() {
  const rows = codes().map((name) => {
    if (MEANINGS[name] === undefined)
      throw new Error(`tools/reference/pages/errors.mjs does not say what ${name} means`);
    const error = new MallaError(name, 'x');
    const http = statusOfError(error);
    return [
      code(name),
      `${http.code} ${http.reason}`,
      `${status[statusOf(error).code]}`,
      String(exitCodeOf(error)),
      MEANINGS[name],
    ];
  });
  return page('Error codes', INTRODUCTION, [
    table(['code', 'HTTP', 'gRPC', 'mallactl', 'meaning'], rows),
    `Wrong usage of a command line ends with 64. A service ends with 2 for bad settings, with 1 when it could not start or did not end in time, with 0
after SIGTERM.`,
  ]);
}
