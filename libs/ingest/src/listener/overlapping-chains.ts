import type { CidrRange, FilterChainMatch } from '@malla/proxy-config';

/**
 * The first two chains that some connection would match alike, by their positions: Envoy refuses them. Values are compared as they are written;
 * a range inside another is no overlap, as the longer one wins.
 */
export function overlappingChains(matches: readonly FilterChainMatch[]): readonly [number, number] | undefined {
  const byPort = new Map<number | undefined, { index: number; parts: readonly (readonly string[])[] }[]>();
  for (const [index, match] of matches.entries()) {
    const parts = partsOf(match);
    const same = byPort.get(match.destinationPort) ?? [];
    const other = same.find((earlier) => parts.every((values, part) => intersect(values, earlier.parts[part] ?? [])));
    if (other) return [other.index, index];
    same.push({ index, parts });
    byPort.set(match.destinationPort, same);
  }
  return undefined;
}

/** Alternatives of each part of a match; none is an alternative of its own. */
function partsOf(match: FilterChainMatch): readonly (readonly string[])[] {
  const { serverNames, transportProtocol = '', applicationProtocols, sourcePorts } = match;
  return [
    match.destinationRanges.map(rangeText),
    serverNames,
    [transportProtocol],
    applicationProtocols,
    match.sourceRanges.map(rangeText),
    sourcePorts.map(String),
  ];
}

function intersect(left: readonly string[], right: readonly string[]): boolean {
  if (left.length === 0 || right.length === 0) return left.length === right.length;
  return left.some((value) => right.includes(value));
}

function rangeText({ address, bits }: CidrRange): string {
  return `${address}/${bits}`;
}
