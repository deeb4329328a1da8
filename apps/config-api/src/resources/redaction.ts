import { appliedCopyAnnotation, findKind, groupOf, type Resource } from '@malla/model';

const redacted = '[redacted]';

/** An object whose secret values read `[redacted]`: for history, diffs and dumps. The keys stay, so that one sees which there are. */
export function redact(object: Resource): Resource {
  const paths = findKind(groupOf(object.apiVersion), object.kind)?.secretPaths ?? [];
  if (paths.length === 0) return object;
  return paths.reduce<Resource>((current, path) => {
    const field = path.split('.')[0] as string;
    const value = current[field];
    return value === undefined ? current : { ...current, [field]: hide(value) };
  }, withoutAppliedCopy(object));
}

/** The copy that `kubectl apply` keeps in an annotation says the same values again. */
function withoutAppliedCopy(object: Resource): Resource {
  const { metadata } = object;
  if (metadata.annotations?.[appliedCopyAnnotation] === undefined) return object;
  const annotations = { ...metadata.annotations, [appliedCopyAnnotation]: redacted };
  return { ...object, metadata: { ...metadata, annotations } };
}

/** Two states of an object, redacted; values that differ are told apart as `[redacted]` and `[redacted, changed]`. */
export function redactPair(
  from: Resource | undefined,
  to: Resource | undefined,
): readonly [Resource | undefined, Resource | undefined] {
  const [before, after] = [from && redact(from), to && redact(to)];
  if (before === undefined || after === undefined || from === undefined || to === undefined) return [before, after];
  return [before, markChanged({ shown: after, from, to }) as Resource];
}

function hide(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return redacted;
  return Object.fromEntries(Object.keys(value).map((key) => [key, redacted]));
}

function markChanged({ shown, from, to }: { shown: unknown; from: unknown; to: unknown }): unknown {
  if (shown === redacted) return from === undefined || from === to ? redacted : '[redacted, changed]';
  if (typeof shown !== 'object' || shown === null || Array.isArray(shown)) return shown;
  const field = (value: unknown, key: string): unknown => (value as Record<string, unknown> | undefined)?.[key];
  return Object.fromEntries(
    Object.entries(shown).map(([key, value]) => [
      key,
      markChanged({ shown: value, from: field(from, key), to: field(to, key) }),
    ]),
  );
}
