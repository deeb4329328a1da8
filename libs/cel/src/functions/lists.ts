import { celTypes, type CelType } from '../cel-type.ts';
import { celCompare, celEquals, CelDuration, CelError, codePoints, spend, type Frame } from '../cel-value.ts';
import { overload, type FunctionTable } from '../overload.ts';

const { int, bool, string } = celTypes;

const element = ([type]: readonly CelType[]): CelType => (type?.kind === 'list' ? type.element : celTypes.dyn);

function extreme(frame: Frame, items: readonly unknown[], sign: 1 | -1): unknown {
  spend(frame, items.length);
  if (items.length === 0) throw new CelError('min or max of an empty list');
  return items.reduce((best, item) => (celCompare(item, best) * sign < 0 ? item : best));
}

function sum(frame: Frame, items: readonly unknown[]): unknown {
  spend(frame, items.length);
  if (items[0] instanceof CelDuration) {
    return new CelDuration(items.reduce((total: number, item) => total + (item as CelDuration).nanoseconds, 0));
  }
  return items.reduce((total: number, item) => {
    if (typeof item !== 'number') throw new CelError('no such overload: sum');
    return total + item;
  }, 0);
}

const size = [
  overload(['string'], int, (frame, text: string) => {
    spend(frame, text.length >> 4);
    return codePoints(text);
  }),
  overload(['list'], int, (_, items: readonly unknown[]) => items.length),
  overload(['map'], int, (_, object: object) => Object.keys(object).length),
  overload(['bytes'], int, (_, bytes: Uint8Array) => bytes.length),
];

/** `size(x)`. */
export const listFunctions: FunctionTable = { size };

/** Methods of lists. Source: k8s.io/apiserver/pkg/cel/library/lists.go and https://github.com/google/cel-go/tree/master/ext#sets */
export const listMethods: FunctionTable = {
  size,
  isSorted: [
    overload(['list'], bool, (frame, items: readonly unknown[]) => {
      spend(frame, items.length);
      return items.every((item, i) => i === 0 || celCompare(items[i - 1], item) <= 0);
    }),
  ],
  sum: [overload(['list'], element, sum)],
  min: [overload(['list'], element, (frame, items: readonly unknown[]) => extreme(frame, items, 1))],
  max: [overload(['list'], element, (frame, items: readonly unknown[]) => extreme(frame, items, -1))],
  indexOf: [
    overload(['list', 'any'], int, (frame, items: readonly unknown[], wanted: unknown) => {
      spend(frame, items.length);
      return items.findIndex((item) => celEquals(item, wanted));
    }),
  ],
  lastIndexOf: [
    overload(['list', 'any'], int, (frame, items: readonly unknown[], wanted: unknown) => {
      spend(frame, items.length);
      return items.findLastIndex((item) => celEquals(item, wanted));
    }),
  ],
  join: [
    overload(['list'], string, (frame, items: readonly string[]) => joined(frame, items, '')),
    overload(['list', 'string'], string, (frame, items: readonly string[], by: string) => joined(frame, items, by)),
  ],
};

function joined(frame: Frame, items: readonly string[], by: string): string {
  const text = items.join(by);
  spend(frame, text.length);
  return text;
}
