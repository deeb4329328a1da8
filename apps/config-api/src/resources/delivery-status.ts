import { MallaError } from '@malla/model';
import type { StoredResource } from '@malla/store';
import type { Condition } from './condition.ts';
import { enforcementCondition } from './enforcement-condition.ts';

/** What the status needs to know of a proxy; the delivery map's entries fit. */
export interface ProxyDelivery {
  readonly id: string;
  readonly namespace: string;
  /** The config revision up to which the proxy has acknowledged everything. */
  readonly revision?: string;
  readonly types?: Readonly<Record<string, { readonly nacked?: { readonly message: string } }>>;
}

/** What is known of proxies: the delivery map. Rejects while that is out of reach. */
export interface Deliveries {
  list(): Promise<readonly ProxyDelivery[]>;
}

/** How far the proxies have an object. */
interface Reconciled extends Condition {
  readonly type: 'Reconciled';
  readonly reason: 'AllAcknowledged' | 'Pending' | 'Rejected' | 'NoProxies' | 'DeliveriesUnknown';
}

/** The status of an object: how far the proxies of the mesh have taken it, and how much of it is enforced. */
export interface DeliveryStatus {
  readonly observedGeneration: number;
  readonly conditions: readonly Condition[];
}

/** As many refusals are quoted in a message. */
const mostQuoted = 3;

/**
 * Tells how many proxies have acknowledged everything up to an object's last change, in the words of Istio's distribution status, and who
 * refused what. It is computed when asked for: it makes no revision.
 */
export async function deliveryStatus(resource: StoredResource, deliveries: Deliveries): Promise<DeliveryStatus> {
  const observedGeneration = resource.object.metadata.generation ?? 1;
  const condition = await deliveries.list().then(
    (proxies) => deliveryCondition(resource.revision, proxies),
    (error: unknown) => reconciled('Unknown', 'DeliveriesUnknown', MallaError.from(error).message),
  );
  return { observedGeneration, conditions: [condition, enforcementCondition(resource.object) ?? []].flat() };
}

/** How far the proxies have what was committed at a revision. */
export function deliveryCondition(revision: number, proxies: readonly ProxyDelivery[]): Condition {
  if (proxies.length === 0) return reconciled('Unknown', 'NoProxies', 'no proxy is connected');
  const behind = proxies.filter((proxy) => Number(proxy.revision ?? 0) < revision);
  const count = `${proxies.length - behind.length}/${proxies.length} proxies up to date`;
  if (behind.length === 0) return reconciled('True', 'AllAcknowledged', count);
  const refusals = behind.flatMap(refusalOf);
  if (refusals.length === 0) return reconciled('False', 'Pending', count);
  const more = refusals.length > mostQuoted ? ` and ${refusals.length - mostQuoted} more` : '';
  return reconciled('False', 'Rejected', `${count}; ${refusals.slice(0, mostQuoted).join('; ')}${more}`);
}

function refusalOf({ id, namespace, types = {} }: ProxyDelivery): string[] {
  const refused = Object.values(types).find(({ nacked }) => nacked !== undefined)?.nacked;
  return refused === undefined ? [] : [`${id} in ${namespace} refused: ${refused.message}`];
}

function reconciled(status: Reconciled['status'], reason: Reconciled['reason'], message: string): Reconciled {
  return { type: 'Reconciled', status, reason, message };
}
