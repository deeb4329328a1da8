import { describe, expect, it } from 'vitest';
import fc from 'fast-check';
import { stringify } from 'yaml';
import { problemCodes } from '../problems/problem.ts';
import { parseManifests } from './parse-manifests.ts';

const service = (name: string) => `apiVersion: v1
kind: Service
metadata:
  name: ${name}
spec:
  ports:
    - port: 80
      name: http
`;

describe('parseManifests', () => {
  it('reads several documents and skips empty ones', () => {
    const { resources, problems } = parseManifests(`---\n${service('a')}---\n# nothing\n---\n${service('b')}`);
    expect(problems).toEqual([]);
    expect(resources.map((r) => r.resource.metadata.name)).toEqual(['a', 'b']);
  });

  it('reads JSON and expands lists, also nested', () => {
    const item = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'x' } };
    const list = {
      apiVersion: 'v1',
      kind: 'List',
      items: [item, { apiVersion: 'v1', kind: 'NamespaceList', items: [item] }],
    };
    const { resources } = parseManifests(JSON.stringify(list));
    expect(resources.map((r) => r.resource)).toEqual([item, item]);
  });

  it('knows where each field stands, in every document', () => {
    const { resources } = parseManifests(`${service('a')}---\n${service('b')}`, { file: 'x.yaml' });
    expect(resources[0]?.position('spec.ports[0].name')).toEqual({ line: 8, column: 7 });
    expect(resources[1]?.position('spec.ports[0].port')).toEqual({ line: 16, column: 7 });
    expect(resources[1]?.position('metadata.name')).toEqual({ line: 13, column: 3 });
    expect(resources[0]?.file).toBe('x.yaml');
  });

  it('gives the nearest parent of a field that is not there', () => {
    const [entry] = parseManifests(service('a')).resources;
    expect(entry?.position('spec.ports[0].targetPort.deeper')).toEqual({ line: 7, column: 7 });
    expect(entry?.position('spec.ports[3]')).toEqual({ line: 6, column: 3 });
    expect(entry?.position('')).toEqual({ line: 1, column: 1 });
  });

  it('reports invalid YAML with its place and keeps the other documents', () => {
    const { resources, problems } = parseManifests(`${service('a')}---\nkind: [\n---\n${service('b')}`, {
      file: 'x.yaml',
    });
    expect(resources).toHaveLength(2);
    expect(problems[0]).toMatchObject({ code: problemCodes.syntax, file: 'x.yaml' });
    expect(problems[0]?.position?.line).toBeGreaterThanOrEqual(10);
  });

  it('reads objects of many keys in a time that grows with their number', () => {
    const keys = Array.from({ length: 30_000 }, (_, i) => `  k${i}: x\n`).join('');
    const started = performance.now();
    expect(parseManifests(`${service('a')}data:\n${keys}`).problems).toEqual([]);
    expect(performance.now() - started).toBeLessThan(20_000);
  });

  it('quotes little of what it does not understand', () => {
    const [problem] = parseManifests(`a: b\n${'%secret '.repeat(200)}\n`).problems;
    expect(problem?.message.length).toBeLessThan(150);
  });

  it('refuses a text of anchors before it is parsed, and takes as many stars as a text for people has', () => {
    const { resources, problems } = parseManifests('k: &a {<<: *a}\n'.repeat(5_001), { file: 'x.yaml' });
    expect(resources).toEqual([]);
    expect(problems).toMatchObject([
      { code: problemCodes.tooLarge, message: 'has more than 10000 anchors and aliases' },
    ]);
    const notes = `apiVersion: v1\nkind: ConfigMap\nmetadata: { name: a }\ndata:\n  a: |\n${'    * a point & more\n'.repeat(20_000)}`;
    expect(parseManifests(notes).problems).toEqual([]);
  });

  it('refuses a key that stands twice', () => {
    const { resources, problems } = parseManifests(`${service('a')}kind: Secret\n`);
    expect(resources).toEqual([]);
    expect(problems).toMatchObject([{ code: problemCodes.duplicateKey, position: { line: 9, column: 1 } }]);
  });

  it('names what an object lacks', () => {
    const codes = (text: string) => parseManifests(text).problems.map((p) => [p.code, p.path]);
    expect(codes('kind: Service\nmetadata: {name: a}')).toEqual([[problemCodes.notAnObject, 'apiVersion']]);
    expect(codes('apiVersion: v1\nkind: Service\nmetadata: {}')).toEqual([[problemCodes.notAnObject, 'metadata.name']]);
    expect(codes('apiVersion: v1\nkind: Service\nmetadata: {generateName: a-}')).toEqual([]);
    expect(codes('just text')).toEqual([[problemCodes.notAnObject, '']]);
    expect(codes('- a')).toEqual([[problemCodes.notAnObject, '']]);
  });

  it('expands anchors and merge keys within bounds', () => {
    const text = `${service('a')}  x: &x {a: "1"}\n  y:\n    <<: *x\n    b: "2"\n`;
    expect(parseManifests(text).resources[0]?.resource['spec']).toMatchObject({ y: { a: '1', b: '2' } });
    const laughs = [
      'a: &a [x, x, x, x, x, x, x, x, x, x]',
      ...'bcdefg'.split('').map((c, i) => `${c}: &${c} [${Array(10).fill(`*${'abcdef'[i]}`).join(', ')}]`),
    ];
    expect(parseManifests(laughs.join('\n')).problems).toMatchObject([{ code: problemCodes.tooLarge }]);
  });

  it('refuses keys that are no text, however deep they are', () => {
    expect(parseManifests(`${service('a')}  ? [x]\n  : y\n`).problems).toMatchObject([
      { code: problemCodes.syntax, position: { line: 9, column: 5 } },
    ]);
    const deep = Array.from({ length: 40 }).reduce<string>((text) => `{ ${text} : {a: b, c: d} }`, 'x');
    expect(parseManifests(deep).problems[0]?.code).toBe(problemCodes.syntax);
  });

  it('refuses text that is too large or nested too deeply', () => {
    expect(parseManifests(service('a'), { maxSize: 10 }).problems).toMatchObject([{ code: problemCodes.tooLarge }]);
    const deep = parseManifests('['.repeat(200_000));
    expect(deep.resources).toEqual([]);
    expect(deep.problems.length).toBeGreaterThan(0);
  });

  it('never throws, and positions stay inside the text', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom(...'a:-{}[]&*!|>"\' \n\t#,?%@`~1') }), (text) => {
        const lines = text.split('\n').length;
        for (const p of parseManifests(text).problems) expect(p.position?.line ?? 1).toBeLessThanOrEqual(lines + 1);
      }),
    );
  });

  it('reads back what was written', () => {
    const value = fc.dictionary(
      fc.stringMatching(/^[a-z]{1,8}$/),
      fc.oneof(fc.string(), fc.integer(), fc.boolean(), fc.array(fc.string())),
    );
    fc.assert(
      fc.property(value, (spec) => {
        const object = { apiVersion: 'v1', kind: 'Thing', metadata: { name: 'x' }, spec };
        expect(parseManifests(stringify(object)).resources[0]?.resource).toEqual(object);
      }),
    );
  });

  it('reads an IPv6 prefix at the end of a list as a text, as kubectl does', () => {
    const text =
      'apiVersion: v1\nkind: A\nmetadata: {name: a}\nx: [10.0.0.1, 2001:db8::]\ny: [2001:db8::, {a: }, b: ]\n';
    expect(parseManifests(text).resources[0]?.resource).toMatchObject({
      x: ['10.0.0.1', '2001:db8::'],
      y: ['2001:db8::', { a: null }, { b: null }],
    });
  });
});
