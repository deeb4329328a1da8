import type { CompiledDestination, CompiledRoute } from '@malla/matcher';
import type { Stream } from '../stream/stream.ts';

type Labels = Readonly<Record<string, unknown>>;

const byDestination = new WeakMap<CompiledDestination, Labels | 'none'>();

/** Labels of the endpoints that a request may go to: the route's, and the destination's on top; undefined: all of them. */
export function subsetOf({ route, destination }: Stream): Labels | undefined {
  if (route === undefined || destination === undefined) return undefined;
  let labels = byDestination.get(destination);
  if (labels === undefined) {
    labels = combine(route, destination) ?? 'none';
    byDestination.set(destination, labels);
  }
  return labels === 'none' ? undefined : labels;
}

function combine({ config }: CompiledRoute, { index }: CompiledDestination): Labels | undefined {
  const own = config.forward?.destinations[index]?.subset;
  const ofRoute = config.forward?.subset;
  return own === undefined ? ofRoute : { ...ofRoute, ...own };
}
