import { describe, it } from 'vitest';
import { expectRefused, expectWarned, type RuleRow } from '../../test/rule-table.ts';
import { validResource } from '../../test/valid-resource.ts';

const mesh = validResource('VirtualService', 'mesh');
const [first, redirected, responded, , rewritten] = [0, 1, 2, 3, 4].map((i) => `spec.http[${i}]`);

describe('redirect, rewrite and direct response', () => {
  const redirect = `${redirected}.redirect`;
  const rewrite = `${rewritten}.rewrite`;
  it.each<RuleRow>([
    [{ [redirect]: {} }, redirect],
    [{ [`${redirect}.uri`]: '/x' }, `${redirect}.prefixRewrite`],
    [{ [`${redirected}.match[0].uri`]: { exact: '/x' } }, `${redirect}.prefixRewrite`],
    [{ [redirect]: { uri: '/x\r\nset-cookie: a' } }, `${redirect}.uri`],
    [{ [`${redirect}.authority`]: 'a b' }, `${redirect}.authority`],
    [{ [`${redirect}.scheme`]: 'HTTPS' }, `${redirect}.scheme`],
    [{ [`${redirect}.port`]: 70000 }, `${redirect}.port`],
    [{ [`${redirect}.redirectCode`]: 200 }, `${redirect}.redirectCode`],
    [{ [`${responded}.directResponse.status`]: 600 }, `${responded}.directResponse.status`],
    [{ [`${responded}.directResponse.status`]: 199 }, `${responded}.directResponse.status`],
    [{ [rewrite]: {} }, rewrite],
    [{ [`${rewrite}.uri`]: '/a' }, `${rewrite}.uriRegexRewrite`],
    [{ [rewrite]: { uri: '/a b' } }, `${rewrite}.uri`],
    [{ [rewrite]: { authority: 'a/b' } }, `${rewrite}.authority`],
    [{ [`${rewrite}.uriRegexRewrite.match`]: '(' }, `${rewrite}.uriRegexRewrite.match`],
    [{ [`${rewrite}.uriRegexRewrite.match`]: '' }, `${rewrite}.uriRegexRewrite.match`],
    [{ [`${rewrite}.uriRegexRewrite.rewrite`]: '' }, `${rewrite}.uriRegexRewrite.rewrite`],
    [{ [`${rewrite}.uriRegexRewrite.rewrite`]: '\\2' }, `${rewrite}.uriRegexRewrite.rewrite`],
    [{ [`${rewrite}.uriRegexRewrite.rewrite`]: '\\x' }, `${rewrite}.uriRegexRewrite.rewrite`],
  ])('refuse %j', (...row) => expectRefused(mesh, row));

  it('refuse an answer above 1 MiB', () => {
    // The whole object would be too large before; characters of four bytes are two units.
    expectRefused(mesh, [
      { [`${responded}.directResponse.body.string`]: '😀'.repeat(300_000) },
      `${responded}.directResponse.body`,
    ]);
  });

  it.each<RuleRow>([
    [{ [`${redirect}.redirectCode`]: 304 }, `${redirect}.redirectCode`],
    [{ [`${responded}.directResponse.body.string`]: 'a'.repeat(110_000) }, `${responded}.directResponse.body`],
  ])('warn of %#', (...row) => expectWarned(mesh, row));
});

describe('faults, retries and mirrors', () => {
  const { fault, retries } = { fault: `${first}.fault`, retries: `${first}.retries` };
  it.each<RuleRow>([
    [{ [fault]: {} }, fault],
    [{ [`${fault}.delay.percentage.value`]: 101 }, `${fault}.delay.percentage.value`],
    [{ [`${fault}.delay.percentage.value`]: 0.00001 }, `${fault}.delay.percentage.value`],
    [{ [`${fault}.delay.percent`]: -1 }, `${fault}.delay.percent`],
    [{ [`${fault}.delay.fixedDelay`]: '0s' }, `${fault}.delay.fixedDelay`],
    [{ [`${fault}.delay`]: { exponentialDelay: '1s' } }, `${fault}.delay.exponentialDelay`],
    [{ [`${fault}.abort.httpStatus`]: 100 }, `${fault}.abort.httpStatus`],
    [{ [`${fault}.abort.percentage.value`]: -1 }, `${fault}.abort.percentage.value`],
    [{ [`${fault}.abort`]: { grpcStatus: 'NOPE' } }, `${fault}.abort.grpcStatus`],
    [{ [`${fault}.abort`]: { http2Error: 'x' } }, `${fault}.abort.http2Error`],
    [{ [`${retries}.attempts`]: 0 }, `${retries}.attempts`],
    [{ [`${retries}.attempts`]: -1 }, `${retries}.attempts`],
    [{ [`${retries}.retryOn`]: '5xx, reset' }, `${retries}.retryOn`],
    [{ [`${retries}.retryOn`]: 'conect-failure' }, `${retries}.retryOn`],
    [{ [`${retries}.retryOn`]: '599' }, `${retries}.retryOn`],
    [{ [`${retries}.perTryTimeout`]: '0s' }, `${retries}.perTryTimeout`],
    [{ [`${retries}.backoff`]: '10us' }, `${retries}.backoff`],
    [{ [`${first}.mirror`]: { host: 'a' } }, `${first}.mirrors`],
    [{ [`${first}.mirrors[0].percentage.value`]: 101 }, `${first}.mirrors[0].percentage.value`],
    [{ [`${rewritten}.mirrorPercentage.value`]: -1 }, `${rewritten}.mirrorPercentage.value`],
    [{ [`${rewritten}.mirrorPercent`]: 101 }, `${rewritten}.mirrorPercent`],
  ])('refuse %j', (...row) => expectRefused(mesh, row));

  it.each<RuleRow>([
    [{ [`${fault}.abort`]: { percentage: { value: 1 } } }, `${fault}.abort`],
    [{ [`${fault}.delay`]: { percentage: { value: 1 } } }, `${fault}.delay`],
    [{ [`${retries}.perTryTimeout`]: '9s' }, `${retries}.perTryTimeout`],
    [{ [`${first}.mirrorPercentage`]: { value: 1 } }, `${first}.mirrorPercentage`],
    [{ [`${rewritten}.mirrorPercent`]: 10 }, `${rewritten}.mirrorPercent`],
    [{ [`${rewritten}.mirror_percent`]: 10 }, `${rewritten}.mirror_percent`],
  ])('warn of %j', (...row) => expectWarned(mesh, row));
});

describe('a CORS policy', () => {
  const cors = `${first}.corsPolicy`;
  it.each<RuleRow>([
    [{ [`${cors}.allowOrigins`]: [{}] }, `${cors}.allowOrigins[0]`],
    [{ [`${cors}.allowOrigins`]: [{ exact: '' }] }, `${cors}.allowOrigins[0]`],
    [{ [`${cors}.allowOrigins`]: [{ regex: '(' }] }, `${cors}.allowOrigins[0].regex`],
    [{ [`${cors}.allowMethods`]: ['get'] }, `${cors}.allowMethods[0]`],
    [{ [`${cors}.allowHeaders`]: ['a b'] }, `${cors}.allowHeaders[0]`],
    [{ [`${cors}.exposeHeaders`]: [''] }, `${cors}.exposeHeaders[0]`],
    [{ [`${cors}.maxAge`]: '1500ms' }, `${cors}.maxAge`],
  ])('refuses %j', (...row) => expectRefused(mesh, row));
});
