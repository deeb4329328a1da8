import { kinds } from '@malla/model';
import { describe, expect, it } from 'vitest';
import { OpenApiDocuments } from './openapi-documents.ts';

const documents = new OpenApiDocuments('1.2.3');
const names = Object.keys(documents.root()['paths'] as object);

interface Operation {
  readonly parameters?: readonly { readonly name: string; readonly in: string }[];
  readonly responses: Readonly<Record<string, object>>;
}
type Item = Readonly<Record<string, Operation>> & { readonly parameters?: Operation['parameters'] };

interface PathOperation {
  readonly path: string;
  readonly method: string;
  readonly operation: Operation;
  readonly parameters: NonNullable<Operation['parameters']>;
}

function operationsOf(name: string): PathOperation[] {
  const paths = documents.document(name)['paths'] as Readonly<Record<string, Item>>;
  return Object.entries(paths).flatMap(([path, { parameters: shared = [], ...methods }]) =>
    Object.entries(methods as Record<string, Operation>).map(([method, operation]) => ({
      path,
      method,
      operation,
      parameters: [...shared, ...(operation.parameters ?? [])],
    })),
  );
}

function referencesOf(node: unknown): string[] {
  if (node === null || typeof node !== 'object') return [];
  return Object.entries(node).flatMap(([key, value]) =>
    key === '$ref' && typeof value === 'string' ? [value] : referencesOf(value),
  );
}

describe('OpenAPI documents', () => {
  it('have a path for each version of each kind, and for what is asked and not stored', () => {
    for (const { group, versions } of kinds)
      for (const version of versions)
        expect(names).toContain(group === '' ? `api/${version}` : `apis/${group}/${version}`);
    expect(names).toEqual(expect.arrayContaining(['apis/authorization.k8s.io/v1', 'apis/malla.io/v1']));
  });

  it.each(names)('%s: references lead somewhere', (name) => {
    const document = documents.document(name) as { components: Record<string, Record<string, unknown>> };
    const dangling = referencesOf(document).filter((reference) => {
      const [, , section = '', target = ''] = reference.split('/');
      return document.components[section]?.[target] === undefined;
    });
    expect(dangling).toEqual([]);
  });

  it.each(names)('%s: parameters of paths are declared once, and failures are told', (name) => {
    for (const { path, method, operation, parameters } of operationsOf(name)) {
      const inPath = parameters.filter((each) => each.in === 'path').map((each) => `{${each.name}}`);
      expect(inPath, path).toEqual(path.match(/\{[a-z]+\}/g) ?? []);
      const all = parameters.map((each) => `${each.in} ${each.name}`);
      expect(new Set(all).size, path).toBe(all.length);
      const codes = Object.keys(operation.responses);
      expect(codes, `${method} ${path}`).toEqual(expect.arrayContaining(['400', '401', '403', '404', '503']));
      expect(codes.filter((code) => code.startsWith('2')).length, `${method} ${path}`).toBeGreaterThan(0);
    }
  });

  it('offer strategic merge only for kinds of Kubernetes itself', () => {
    const patchTypes = (name: string, path: string): string[] => {
      const found = operationsOf(name).find((each) => each.path.endsWith(path) && each.method === 'patch');
      const { requestBody } = found?.operation as unknown as { requestBody: { content: object } };
      return Object.keys(requestBody.content);
    };
    const strategic = 'application/strategic-merge-patch+json';
    expect(patchTypes('api/v1', '/services/{name}')).toContain(strategic);
    expect(patchTypes('apis/networking.istio.io/v1', '/virtualservices/{name}')).not.toContain(strategic);
  });
});
