import { describe, expect, it } from 'vitest';
import { labelExpression, logExpressionProblem } from './log-expression.ts';

describe('logExpressionProblem', () => {
  it('has nothing against what both data planes evaluate', () => {
    expect(logExpressionProblem("request.headers['x-a'] == '1' || response.code >= 400", 'condition')).toBeUndefined();
    expect(logExpressionProblem("has(request.referer) ? request.referer : 'none'", 'label')).toBeUndefined();
  });

  it.each([
    ['request.nothing', 'label', "undefined field 'nothing'"],
    ['filter_state.x', 'label', "undeclared reference to 'filter_state'"],
    ["request.host + 'a'", 'label', "'+' of string"],
    ['string(response.code)', 'label', "undeclared reference to 'string'"],
    ['request.host.lowerAscii()', 'label', "undeclared reference to 'lowerAscii'"],
    ['[1].exists(x, x == 1)', 'condition', "undeclared reference to 'exists'"],
    ['response.code % 100', 'label', 'a percent sign or line feed is in it'],
    ['request.headers', 'label', 'it gives map, which is no text'],
    ['request.duration', 'label', 'it gives duration, which is no text'],
    ['response.code', 'condition', 'it gives int, not a condition'],
    ["request.headers['a'] == 1", 'condition', 'no such overload: string == int'],
    ['response.code >', 'condition', /./],
    ['', 'label', /./],
  ] as const)('tells what is wrong with %j as a %s', (text, use, problem) =>
    expect(logExpressionProblem(text, use)).toMatch(problem),
  );

  it('takes a number for a text where the text is the whole value', () => {
    expect(labelExpression(' string( destination.port )\n')).toBe('destination.port');
    expect(labelExpression("string(response.code) == string('a')")).toBe("string(response.code) == string('a')");
    expect(labelExpression('request.method ==\n  request.host')).toBe('request.method == request.host');
  });
});
