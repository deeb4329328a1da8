import type { MirrorIr } from '@malla/ir';
import type { HttpRoute } from '@malla/model';
import { findDestination, type DestinationTable } from './destination-ref.ts';

/** Copies of requests: all of them unless a percentage is given, none at 0. */
export function resolveMirrors({ mirror, mirrorPercentage }: HttpRoute, table: DestinationTable): readonly MirrorIr[] {
  const percent = mirrorPercentage?.value ?? 100;
  if (mirror === undefined || percent === 0) return [];
  return [{ cluster: findDestination(mirror, table).cluster, percent }];
}
