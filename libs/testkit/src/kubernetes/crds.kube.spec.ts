import { checkObject, customResourceDefinition, kinds, type KindDefinition, type Resource } from '@malla/model';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { arbitraryObject } from '../model/arbitrary-object.ts';
import { disagreement, eachOf, type Deliberate } from './agreement.ts';
import { fixtures } from './fixtures.ts';
import { graftsOf, mutationsOf } from './mutations.ts';
import { TestCluster } from './test-cluster.ts';

/** In which `checkObject` differs from a cluster with our CRDs on purpose. */
const deliberate: readonly Deliberate[] = [];

const custom = kinds.filter((kind) => customResourceDefinition(kind) !== undefined);
const obstacle = TestCluster.obstacle();
const seed = Number(process.env['MALLA_SEED'] ?? 1);
const objectsPerKind = Number(process.env['MALLA_KUBE_OBJECTS'] ?? 12);

interface Condition {
  readonly type: string;
  readonly status: string;
  readonly message?: string;
}

/** Every rule of a schema and of what it holds. */
function rulesIn(schema: unknown): readonly string[] {
  if (schema === null || typeof schema !== 'object') return [];
  const own = (schema as { readonly 'x-kubernetes-validations'?: readonly { rule: string }[] })[
    'x-kubernetes-validations'
  ];
  return [...(own ?? []).map(({ rule }) => rule), ...Object.values(schema).flatMap(rulesIn)];
}

describe.skipIf(obstacle !== undefined)(
  `the CRDs on a real API server${obstacle === undefined ? '' : ` (${obstacle})`}`,
  () => {
    let cluster: TestCluster;
    const broken = new Set<string>();

    beforeAll(async () => {
      cluster = await TestCluster.start();
      await eachOf(custom, 2, install);
    });

    afterAll(() => cluster?.stop());

    it.each(custom.map((kind) => [`${kind.group} ${kind.kind}`, kind] as const))(
      '%s is established',
      async (_, kind) => {
        const path = `${crdPath}/${kind.plural}.${kind.group}`;
        await expect.poll(async () => statusOf(await conditions(path), 'Established')).toBe('True');
        const found = await conditions(path);
        expect(statusOf(found, 'NamesAccepted')).toBe('True');
        expect(found.filter(({ type }) => type === 'NonStructuralSchema')).toEqual([]);
      },
    );

    describe.each(custom.map((kind) => [`${kind.group} ${kind.kind}`, kind] as const))('%s', (_, kind) => {
      it.each(kind.versions)('takes and refuses in %s what the validator does', async (version) => {
        const made = fc.sample(arbitraryObject(kind, version), { numRuns: objectsPerKind, seed });
        const cases = made.flatMap((object, i) => [
          { what: `object ${i}`, object },
          ...(version === kind.storageVersion ? changesOf(object, made[i + 1] ?? object) : []),
        ]);
        expect(await disagreements(kind, cases)).toEqual([]);
      });

      it('takes and refuses objects of files, and these with changes, as the validator does', async () => {
        const found = fixtures().filter(({ definition }) => definition === kind);
        const cases = found.flatMap(({ what, object }, i) => [
          { what, object },
          ...spread(mutationsOf(object), 1000 / found.length),
          ...spread(graftsOf(object, found[i + 1]?.object ?? object), 1000 / found.length),
        ]);
        expect(await disagreements(kind, cases)).toEqual([]);
      });
    });

    it('have rules of which many were broken in the cases above', () => {
      const all = new Set(custom.flatMap((kind) => rulesIn(customResourceDefinition(kind))));
      const never = [...all].filter((rule) => !broken.has(rule.slice(0, 117)));
      console.log(`${all.size - never.length} of ${all.size} rules were broken`);
      expect(never.length / all.size, never.join('\n')).toBeLessThan(
        process.env['MALLA_CORPUS'] === undefined ? 0.8 : 0.5,
      );
    });

    /** Also over one of an earlier run. */
    const install = async (kind: KindDefinition) => {
      const crd = customResourceDefinition(kind) as object;
      const path = `${crdPath}/${kind.plural}.${kind.group}`;
      const before = await cluster.api.send('GET', path);
      const metadata = { ...(crd as { metadata: object }).metadata, ...revision(before.body) };
      const { status, body } =
        before.status === 200
          ? await cluster.api.send('PUT', `${path}?fieldValidation=Strict`, { ...crd, metadata })
          : await cluster.api.send('POST', `${crdPath}?fieldValidation=Strict`, crd);
      if (status > 201) throw new Error(`${kind.kind}: ${String(body['message'])}`.slice(0, 4000));
    };

    const conditions = async (path: string) => {
      const { body } = await cluster.api.send('GET', path);
      return ((body['status'] as { conditions?: Condition[] } | undefined)?.conditions ?? []) as readonly Condition[];
    };

    async function disagreements(kind: KindDefinition, cases: readonly { what: string; object: Resource }[]) {
      const found: string[] = [];
      await eachOf(cases, 4, async (each) => {
        for (const { hint = '' } of checkObject(each.object)) broken.add(hint.replace(/^rule: /, '').slice(0, 117));
        const difference = await disagreement(cluster.api, kind, each);
        if (difference !== undefined && !deliberate.some(({ text }) => text.test(difference.text)))
          found.push(difference.text);
      });
      return found.sort();
    }
  },
);

const crdPath = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions';

const revision = ({ metadata }: Readonly<Record<string, unknown>>) => {
  const { resourceVersion } = (metadata ?? {}) as { readonly resourceVersion?: string };
  return resourceVersion === undefined ? {} : { resourceVersion };
};

const statusOf = (conditions: readonly Condition[], type: string) => conditions.find((c) => c.type === type)?.status;

/** Some changes of an object: of all its fields, and towards another. */
const changesOf = (object: Resource, other: Resource) => [
  ...spread(mutationsOf(object), 400 / objectsPerKind),
  ...spread(graftsOf(object, other), 1000 / objectsPerKind),
];

/** At most so many of a list, from all over it. */
function spread<T>(items: Iterable<T>, most: number): readonly T[] {
  const all = [...items];
  const step = Math.max(1, all.length / most);
  return all.filter((_, i) => Math.floor(i / step) !== Math.floor((i - 1) / step));
}
