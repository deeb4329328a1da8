import { describe, expect, it } from 'vitest';
import { checkObject } from '@malla/model';
import { edited, expectRefused, expectWarned, type RuleRow } from '../../test/rule-table.ts';
import { validResource } from '../../test/valid-resource.ts';

const match = 'spec.rules[1].match[0]';
const perValueOf = 'spec.rules[1].perValueOf';

describe('a RateLimit', () => {
  const limit = validResource('RateLimit', 'cart');

  it.each<RuleRow>([
    [{ 'spec.selector.matchLabels': { 'a*': 'b' } }, 'spec.selector.matchLabels["a*"]'],
    [{ [match]: {} }, match],
    [{ [`${match}.headers`]: {}, [`${match}.paths`]: undefined, [`${match}.methods`]: undefined }, match],
    [{ [`${match}.paths[0].exact`]: 'cart' }, `${match}.paths[0].exact`],
    [{ [`${match}.paths[1].prefix`]: '/cart?a=1' }, `${match}.paths[1].prefix`],
    [{ [`${match}.methods`]: ['G T'] }, `${match}.methods[0]`],
    [{ [`${match}.headers`]: { 'x y': {} } }, `${match}.headers["x y"]`],
    [{ [`${match}.headers`]: { x: { prefix: '' } } }, `${match}.headers.x.prefix`],
    [{ [`${match}.headers`]: { x: { regex: '(' } } }, `${match}.headers.x.regex`],
    [{ [perValueOf]: [{ header: 'X-User' }, { header: 'x-user' }] }, `${perValueOf}[1]`],
    [{ [perValueOf]: [{ path: {} }, { path: {} }] }, `${perValueOf}[1]`],
  ])('refuses %j', (...row) => expectRefused(limit, row));

  it.each<RuleRow>([
    [{ 'spec.selector': {} }, 'spec.selector'],
    [{ [`${match}.methods`]: ['get'] }, `${match}.methods[0]`],
  ])('warns of %j', (...row) => expectWarned(limit, row));

  it.each([
    [{ 'spec.rules': [] }, 'spec.rules'],
    [{ 'spec.rules[1].name': 'all' }, 'spec.rules[1]'],
    [{ 'spec.rules[0].name': 'All' }, 'spec.rules[0].name'],
    [{ 'spec.rules[0].limit.requests': 0 }, 'spec.rules[0].limit.requests'],
    [{ 'spec.rules[0].limit.unit': 'WEEK' }, 'spec.rules[0].limit.unit'],
    [{ 'spec.rules[0].limit': undefined }, 'spec.rules[0].limit'],
    [{ [perValueOf]: [{}] }, `${perValueOf}[0]`],
    [{ [perValueOf]: [{ path: {}, remoteAddress: {} }] }, `${perValueOf}[0]`],
    [{ [`${match}.paths[0]`]: {} }, `${match}.paths[0]`],
    [{ 'spec.failureMode': 'HALF' }, 'spec.failureMode'],
  ])('of another shape is refused: %j', (edits, path) => {
    expect(checkObject(edited(limit, edits)).map((problem) => problem.path)).toContain(path);
  });
});

describe('an ApiKeyPolicy', () => {
  const keys = validResource('ApiKeyPolicy', 'partners');

  it.each<RuleRow>([
    [{ 'spec.selector.matchLabels': { a: '*' } }, 'spec.selector.matchLabels.a'],
    [{ 'spec.header': 'Host' }, 'spec.header'],
    [{ 'spec.header': 'x-api-client' }, 'spec.header'],
    [{ 'spec.secretRef.name': 'No Secret' }, 'spec.secretRef.name'],
  ])('refuses %j', (...row) => expectRefused(keys, row));

  it('needs a Secret', () => {
    const problems = checkObject(edited(keys, { 'spec.secretRef': undefined }));
    expect(problems.map(({ path }) => path)).toEqual(['spec.secretRef']);
  });
});
