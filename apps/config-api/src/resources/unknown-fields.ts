import { checkObject, parsePath, problemCodes, type FieldPath, type Problem } from '@malla/model';

/** Rounds of dropping: what stands inside of a dropped field goes with it, so more than a few mean a mistake of ours. */
const mostRounds = 8;

/** An object without the fields that its kind does not know, and what these were. */
export interface KnownFields {
  readonly object: unknown;
  readonly dropped: readonly Problem[];
}

/** Drops unknown fields, for callers who ask that they are not refused (`fieldValidation=Warn` and `Ignore`). */
export function dropUnknownFields(sent: unknown): KnownFields {
  let object = sent;
  const dropped: Problem[] = [];
  for (let round = 0; round < mostRounds; round++) {
    const unknown = checkObject(object).filter(({ code }) => code === problemCodes.unknownField);
    const paths = unknown.map(({ path }) => parsePath(path)).filter((path) => path.length > 0);
    if (paths.length === 0) break;
    object = structuredClone(object);
    for (const path of paths) remove(object, path);
    dropped.push(...unknown);
  }
  return { object, dropped };
}

function remove(root: unknown, path: FieldPath): void {
  const parent = path
    .slice(0, -1)
    .reduce<unknown>((at, segment) => (at as Record<string, unknown> | undefined)?.[segment], root);
  if (typeof parent === 'object' && parent !== null) delete (parent as Record<string, unknown>)[path.at(-1) as string];
}
