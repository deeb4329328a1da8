import { groupOf, type KnownResource, type Resource } from '@malla/model';
import type { Cut } from './cuts.ts';
import type { Fields } from './edit.ts';
import { enforcedTrees, isKeptOnly, type EnforcedTree } from './enforced-tree.ts';
import { viewAuthorizationPolicy } from './kinds/authorization-policy.ts';
import { viewDestinationRule } from './kinds/destination-rule.ts';
import { viewGateway } from './kinds/gateway.ts';
import { viewMeshConfig } from './kinds/mesh-config.ts';
import { CutList, type KindView } from './kinds/part.ts';
import { viewService, viewWorkloadEntry } from './kinds/service.ts';
import { viewTelemetry } from './kinds/telemetry.ts';
import { viewServiceEntry } from './kinds/service-entry.ts';
import { viewVirtualService } from './kinds/virtual-service.ts';
import { prune } from './prune.ts';

/** An object as far as the mesh enforces it. */
export interface Enforced<R extends Resource | KnownResource = KnownResource> {
  /** What translation may take at its word; undefined if the object does nothing yet. The object itself if all of it is enforced. */
  readonly view: R | undefined;
  /** What the view lacks, in no particular order. */
  readonly cuts: readonly Cut[];
}

const kindViews: Readonly<Record<string, KindView>> = {
  '/Service': viewService,
  'mesh.istio.io/MeshConfig': viewMeshConfig,
  'telemetry.istio.io/Telemetry': viewTelemetry,
  'networking.istio.io/VirtualService': viewVirtualService,
  'networking.istio.io/Gateway': viewGateway,
  'networking.istio.io/DestinationRule': viewDestinationRule,
  'networking.istio.io/WorkloadEntry': viewWorkloadEntry,
  'networking.istio.io/ServiceEntry': viewServiceEntry,
  'security.istio.io/AuthorizationPolicy': viewAuthorizationPolicy,
};

const known = new WeakMap<object, Enforced>();

/**
 * The part of a valid object that the mesh enforces, and what it leaves out. What is left out never lets more through than what is
 * written: a condition that cannot be decided allows nothing, a rule for some never becomes a rule for all, and TLS that cannot be set up as
 * written fails. The same object always gives the identical view.
 */
export function enforce<R extends Resource | KnownResource>(resource: R): Enforced<R> {
  const before = known.get(resource);
  if (before !== undefined) return before as Enforced<R>;
  const enforced = viewOf(resource);
  known.set(resource, enforced as Enforced);
  return enforced;
}

function viewOf<R extends Resource | KnownResource>(resource: R): Enforced<R> {
  const group = groupOf(resource.apiVersion);
  if (isKeptOnly(group, resource.kind)) return { view: undefined, cuts: [] };
  const name = `${group}/${resource.kind}`;
  const tree = Object.hasOwn(enforcedTrees, name) ? enforcedTrees[name] : undefined;
  if (tree === undefined) return { view: undefined, cuts: [{ path: [], effect: 'object_left_out' }] };
  const cuts = new CutList();
  const safe = (kindViews[name] ?? ((object) => object))(resource as unknown as Fields, cuts);
  const view = safe === undefined ? undefined : prune(safe, withFrame(tree), { path: [], cuts: cuts.list });
  return { view: view as R | undefined, cuts: cuts.list };
}

/** Every object has these, and none of them asks for anything. */
function withFrame(tree: EnforcedTree): EnforcedTree {
  return { apiVersion: 'all', kind: 'all', metadata: 'all', status: 'all', ...(tree as object) };
}
