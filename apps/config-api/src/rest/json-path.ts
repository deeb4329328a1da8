import { isObject } from './merge-patch.ts';

/** One step of a path. */
type Step = (value: unknown) => readonly unknown[];

const tokens =
  /\.?\['((?:[^'\\]|\\.)*)'\]|\[\?\(@\.([\w.-]+)\s*(==|!=)\s*["']?([^"')]*)["']?\)\]|\[(\*|-?\d+)\]|\.(\*)|\.((?:[^.[\\]|\\.)+)/y;

/**
 * Reads the JSONPath of printer columns: fields (`.spec.host`, `['a.b']`, `\.` in names), elements (`[0]`, `[-1]`, `[*]`) and elements by a
 * field (`[?(@.type=="Ready")]`). Throws for anything else: paths are the model's own.
 * https://kubernetes.io/docs/reference/kubectl/jsonpath/
 */
export function parseJsonPath(text: string): (value: unknown) => readonly unknown[] {
  const steps: Step[] = [];
  const path = text.replace(/^\{(.*)\}$/s, '$1').replace(/^\$/, '');
  // Its own, for filters hold paths in turn.
  const token = new RegExp(tokens);
  while (token.lastIndex < path.length) {
    const at = token.lastIndex;
    const match = token.exec(path);
    if (match === null) throw new Error(`${text} is no JSONPath that columns may have: ${path.slice(at)}`);
    steps.push(stepOf(match));
  }
  return (value) => steps.reduce<readonly unknown[]>((values, step) => values.flatMap(step), [value]);
}

function stepOf([, quoted, filterPath, operator, wanted = '', index, star, name]: RegExpExecArray): Step {
  if (index === '*' || star !== undefined)
    return (value) => (Array.isArray(value) ? (value as unknown[]) : isObject(value) ? Object.values(value) : []);
  if (index !== undefined)
    return (value) => (Array.isArray(value) ? present((value as unknown[]).at(Number(index))) : []);
  if (filterPath !== undefined) {
    const read = parseJsonPath(`.${filterPath}`);
    return (value) =>
      Array.isArray(value)
        ? value.filter((item) => read(item).some((each) => String(each) === wanted) === (operator === '=='))
        : [];
  }
  const field = (quoted ?? name ?? '').replaceAll(/\\(.)/g, '$1');
  return (value) => (isObject(value) && Object.hasOwn(value, field) ? present(value[field]) : []);
}

function present(value: unknown): readonly unknown[] {
  return value === undefined || value === null ? [] : [value];
}
