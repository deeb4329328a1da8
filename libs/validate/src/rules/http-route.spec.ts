import { describe, it } from 'vitest';
import { expectRefused, expectWarned, type RuleRow } from '../../test/rule-table.ts';
import { validResource } from '../../test/valid-resource.ts';

const mesh = validResource('VirtualService', 'mesh');
const [first, redirect, response, delegate] = [0, 1, 2, 3].map((i) => `spec.http[${i}]`);

describe('an HTTP rule', () => {
  it.each<RuleRow>([
    [{ [`${first}.route`]: [] }, `${first}`],
    [{ [`${redirect}.route`]: [{ destination: { host: 'a' } }] }, `${redirect}.redirect`],
    [{ [`${redirect}.directResponse`]: { status: 200 } }, `${redirect}.directResponse`],
    [{ [`${redirect}.fault`]: { abort: { httpStatus: 500 } } }, `${redirect}.fault`],
    [{ [`${redirect}.rewrite`]: { uri: '/' } }, `${redirect}.rewrite`],
    [{ [`${response}.route`]: [{ destination: { host: 'a' } }] }, `${response}.directResponse`],
    [{ [`${response}.rewrite`]: { uri: '/' } }, `${response}.rewrite`],
    [{ [`${delegate}.route`]: [{ destination: { host: 'a' } }] }, `${delegate}.route`],
    [{ [`${delegate}.redirect`]: { uri: '/' } }, `${delegate}.redirect`],
    [{ [`${delegate}.delegate.name`]: '' }, `${delegate}.delegate.name`],
    [{ [`${first}.timeout`]: '0s' }, `${first}.timeout`],
    [{ [`${first}.timeout`]: '10us' }, `${first}.timeout`],
    [{ [`${first}.timeout`]: '1500us' }, `${first}.timeout`],
    [{ [`${first}.timeout`]: '99999h' }, `${first}.timeout`],
  ])('refuses %j', (...row) => expectRefused(mesh, row));

  it.each<RuleRow>([
    [{ [`${redirect}.timeout`]: '1s' }, `${redirect}.timeout`],
    [{ [`${response}.mirror`]: { host: 'a' } }, `${response}.mirror`],
  ])('warns of %j', (...row) => expectWarned(mesh, row));
});

describe('destinations', () => {
  const route = `${first}.route`;
  it.each<RuleRow>([
    [{ [`${route}[0].destination.host`]: '*' }, `${route}[0].destination.host`],
    [{ [`${route}[0].destination.host`]: '' }, `${route}[0].destination.host`],
    [{ [`${route}[0].destination.host`]: '10.1.2.3' }, `${route}[0].destination.host`],
    [{ [`${route}[0].destination.subset`]: 'v_1' }, `${route}[0].destination.subset`],
    [{ [`${route}[0].destination.port`]: {} }, `${route}[0].destination.port.number`],
    [{ [`${route}[0].destination.port.number`]: 70000 }, `${route}[0].destination.port.number`],
    [{ [`${route}[0].weight`]: -1 }, `${route}[0].weight`],
    [{ [`${route}[0].weight`]: 0, [`${route}[1].weight`]: 0 }, route],
    [{ [`${first}.mirrors[0].destination.host`]: 'a b' }, `${first}.mirrors[0].destination.host`],
  ])('refuses %j', (...row) => expectRefused(mesh, row));
});

describe('a match', () => {
  const match = `${first}.match[0]`;
  it.each<RuleRow>([
    [{ [`${match}.uri`]: {} }, `${match}.uri`],
    [{ [`${match}.uri`]: { regex: '[' } }, `${match}.uri.regex`],
    [{ [`${match}.uri`]: { regex: '' } }, `${match}.uri.regex`],
    [{ [`${match}.uri`]: { regex: 'a'.repeat(1025) } }, `${match}.uri.regex`],
    [{ [`${match}.uri`]: { regex: '(?=a)' } }, `${match}.uri.regex`],
    [{ [`${match}.uri`]: { regex: '(.{1000}){20}' } }, `${match}.uri.regex`],
    [{ [`${match}.scheme`]: { prefix: '' } }, `${match}.scheme.prefix`],
    [{ [`${match}.method`]: {} }, `${match}.method`],
    [{ [`${match}.authority`]: { regex: '(' } }, `${match}.authority.regex`],
    [{ [`${match}.headers`]: { 'a b': { exact: 'c' } } }, `${match}.headers["a b"]`],
    [{ [`${match}.headers`]: { a: { prefix: '' } } }, `${match}.headers.a.prefix`],
    [{ [`${match}.headers`]: { ':nope': {} } }, `${match}.headers[":nope"]`],
    [
      { [`${match}.headers`]: { '@request.auth.claims.a': { exact: 'b' } } },
      `${match}.headers["@request.auth.claims.a"]`,
    ],
    [{ [`${match}.withoutHeaders`]: { a: { regex: '(' } } }, `${match}.withoutHeaders.a.regex`],
    [{ [`${match}.queryParams`]: { a: { regex: '(' } } }, `${match}.queryParams.a.regex`],
    [{ [`${match}.port`]: 70000 }, `${match}.port`],
    [{ [`${match}.sourceLabels`]: { 'a b': 'c' } }, `${match}.sourceLabels["a b"]`],
    [{ [`${match}.sourceLabels`]: { a: 'b c' } }, `${match}.sourceLabels.a`],
    [{ [`${match}.sourceNamespace`]: 'a b' }, `${match}.sourceNamespace`],
    [{ [`${match}.gateways`]: ['a/b c'] }, `${match}.gateways[0]`],
  ])('refuses %j', (...row) => expectRefused(mesh, row));

  it.each<RuleRow>([
    [{ [`${match}.uri`]: { exact: 'a' } }, `${match}.uri.exact`],
    [{ [`${match}.uri`]: { prefix: '/a?b' } }, `${match}.uri.prefix`],
    [{ [`${match}.uri`]: { regex: '/a.*' } }, `${match}.uri`],
    [{ [`${match}.headers`]: { uri: { exact: '/' } } }, `${match}.headers.uri`],
  ])('warns of %j', (...row) => expectWarned(mesh, row));
});

describe('edits of headers', () => {
  const headers = `${first}.headers`;
  it.each<RuleRow>([
    [{ [`${headers}.request.set`]: { ':path': '/x' } }, `${headers}.request.set[":path"]`],
    [{ [`${headers}.request.add`]: { 'a b': 'x' } }, `${headers}.request.add["a b"]`],
    [{ [`${headers}.request.remove`]: ['host'] }, `${headers}.request.remove[0]`],
    [{ [`${headers}.response.set`]: { host: 'x' } }, `${headers}.response.set.host`],
    [{ [`${headers}.response.add`]: { ':status': '1' } }, `${headers}.response.add[":status"]`],
    [{ [`${headers}.request.set`]: { a: 'b\r\nc: d' } }, `${headers}.request.set.a`],
    [{ [`${headers}.request.set`]: { a: 'abc%123' } }, `${headers}.request.set.a`],
    [{ [`${headers}.request.set`]: { a: '%START_TIME%%' } }, `${headers}.request.set.a`],
    [{ [`${headers}.request.set`]: { a: '%A(b%' } }, `${headers}.request.set.a`],
    [{ [`${headers}.request.set`]: { a: '%A([b])%' } }, `${headers}.request.set.a`],
    [{ [`${headers}.request.set`]: { a: '%A(["b" "c"])%' } }, `${headers}.request.set.a`],
    [{ [`${headers}.request.set`]: { host: 'a' } }, `${headers}.request.set.host`],
    [{ [`${first}.route[0].headers.request.remove`]: [':path'] }, `${first}.route[0].headers.request.remove[0]`],
  ])('refuses %j', (...row) => expectRefused(mesh, row));
});
