import type { ForwardIr, MirrorIr, WeightedDestinationIr } from '@malla/ir';
import { noHeaderEdits } from '@malla/ir';
import type { DestinationExtras, ForwardExtras } from '@malla/proxy-config';
import { RoutingPriority } from '@malla/protos/gen/envoy/config/core/v3/base_pb';
import {
  RouteAction_ClusterNotFoundResponseCode as NotFoundCode,
  type RouteAction,
  type RouteAction_RequestMirrorPolicy,
  type WeightedCluster,
  type WeightedCluster_ClusterWeight,
} from '@malla/protos/gen/envoy/config/route/v3/route_components_pb';
import type { FieldReader } from '../wire/field-reader.ts';
import { readRuntimeFraction } from '../wire/percent.ts';
import { readEdits } from './edits.ts';
import { readHashPolicy } from './hash-policy.ts';
import { readPerFilterConfigs } from './per-filter-config.ts';
import { readRateLimit } from './rate-limits.ts';
import { readRetryPolicy, type RetryRules } from './retry-policy.ts';
import { readRewrite } from './rewrite.ts';
import { readSubset } from './subset.ts';

/** What a route takes from its virtual host and route configuration when it has none of its own. */
export interface ForwardDefaults {
  readonly retry: RetryRules;
  readonly mirrors: readonly MirrorIr[];
}

/** Envoy's default. */
const timeoutMs = 15_000;

const notFoundStatus: Readonly<Record<number, number>> = {
  [NotFoundCode.SERVICE_UNAVAILABLE]: 503,
  [NotFoundCode.NOT_FOUND]: 404,
  [NotFoundCode.INTERNAL_SERVER_ERROR]: 500,
};

/** Where a forwarding route sends to. */
interface Targets {
  readonly destinations: readonly WeightedDestinationIr[];
  readonly extras: readonly DestinationExtras[];
  readonly clusterHeader?: string;
}

/** Envoy's forwarding action. */
export function readForward(
  reader: FieldReader<RouteAction>,
  defaults: ForwardDefaults,
): { action: ForwardIr; forward: ForwardExtras } {
  const { destinations, extras, clusterHeader } = readTargets(reader);
  const policy = reader.message('retryPolicy');
  const retry = policy ? readRetryPolicy(policy) : defaults.retry;
  const rewrite = readRewrite(reader);
  const host = readHostRewrite(reader);
  const mirrors = reader.messages('requestMirrorPolicies').map(readMirror);
  const action: ForwardIr = {
    kind: 'forward',
    destinations,
    timeoutMs: reader.duration('timeout') ?? timeoutMs,
    ...(retry.retry && { retry: retry.retry }),
    ...(rewrite && { rewrite }),
    ...(host.literal !== undefined && { hostRewrite: host.literal }),
    mirrors: mirrors.length > 0 ? mirrors : defaults.mirrors,
    hash: reader
      .messages('hashPolicy')
      .map(readHashPolicy)
      .filter((policy) => policy !== undefined),
  };
  const subset = readSubset(reader.message('metadataMatch'));
  // All requests count against the limits of the default priority.
  reader.expect('priority', RoutingPriority.DEFAULT);
  return {
    action,
    forward: {
      ...readTimeouts(reader),
      ...retry.extras,
      autoHostRewrite: host.automatic,
      upgrades: readUpgrades(reader),
      ...(clusterHeader !== undefined && { clusterHeader }),
      clusterNotFoundStatus: reader.choice('clusterNotFoundResponseCode', notFoundStatus) ?? 503,
      rateLimits: reader.messages('rateLimits').map(readRateLimit),
      includeVirtualHostRateLimits: reader.take('includeVhRateLimits') ?? false,
      destinations: extras,
      ...(subset && { subset }),
    },
  };
}

function readTargets(reader: FieldReader<RouteAction>): Targets {
  const targets = reader.oneof<'clusterSpecifier', Targets>('clusterSpecifier', {
    cluster: (cluster) => single(cluster),
    clusterHeader: (header) => ({ ...single(''), clusterHeader: header.toLowerCase() }),
    weightedClusters: readWeightedClusters,
  });
  return targets ?? single('');
}

/** One destination without extras; the name is empty where a header has it. */
function single(cluster: string): Targets {
  return { destinations: [{ cluster, weight: 1, headers: noHeaderEdits }], extras: [{ filters: new Map() }] };
}

const maxTotalWeight = 0xffff_ffff;

function readWeightedClusters(reader: FieldReader<WeightedCluster>): Targets {
  // Names a runtime key that could override weights; there is no runtime here.
  reader.ignore('runtimeKeyPrefix');
  const clusters = reader.messages('clusters').map(readWeightedCluster);
  const total = clusters.reduce((sum, { destination }) => sum + destination.weight, 0);
  if (total === 0 || total > maxTotalWeight) {
    reader.refuse('clusters', `the sum of weights must be above 0 and at most ${maxTotalWeight}`);
  }
  // A weight of 0 takes part in nothing.
  const used = clusters.filter(({ destination }) => destination.weight > 0);
  return { destinations: used.map(({ destination }) => destination), extras: used.map(({ extras }) => extras) };
}

function readWeightedCluster(reader: FieldReader<WeightedCluster_ClusterWeight>): {
  destination: WeightedDestinationIr;
  extras: DestinationExtras;
} {
  const cluster = reader.take('name');
  if (cluster === '') reader.refuse('name', 'is required');
  const hostRewrite = reader.oneof<'hostRewriteSpecifier', string>('hostRewriteSpecifier', {
    hostRewriteLiteral: (host) => host,
  });
  const subset = readSubset(reader.message('metadataMatch'));
  return {
    destination: {
      cluster,
      weight: reader.take('weight') ?? 0,
      headers: readEdits(reader),
      ...(hostRewrite !== undefined && { hostRewrite }),
    },
    extras: { filters: readPerFilterConfigs(reader), ...(subset && { subset }) },
  };
}

function readHostRewrite(reader: FieldReader<RouteAction>): { literal?: string; automatic: boolean } {
  const rewrite = reader.oneof<'hostRewriteSpecifier', { literal?: string; automatic: boolean }>(
    'hostRewriteSpecifier',
    {
      hostRewriteLiteral: (literal) => ({ literal, automatic: false }),
      autoHostRewrite: (automatic) => ({ automatic: automatic.take('value') }),
    },
  );
  return rewrite ?? { automatic: false };
}

function readTimeouts(reader: FieldReader<RouteAction>) {
  const idleTimeoutMs = reader.duration('idleTimeout');
  const stream = reader.message('maxStreamDuration');
  const maxStreamDurationMs = stream?.duration('maxStreamDuration');
  const grpcTimeoutHeaderMaxMs = stream?.duration('grpcTimeoutHeaderMax');
  return {
    ...(idleTimeoutMs !== undefined && { idleTimeoutMs }),
    ...(maxStreamDurationMs !== undefined && { maxStreamDurationMs }),
    ...(grpcTimeoutHeaderMaxMs !== undefined && { grpcTimeoutHeaderMaxMs }),
  };
}

function readUpgrades(reader: FieldReader<RouteAction>): ReadonlyMap<string, boolean> {
  const upgrades = new Map<string, boolean>();
  for (const upgrade of reader.messages('upgradeConfigs')) {
    const type = upgrade.take('upgradeType').toLowerCase();
    if (upgrades.has(type)) upgrade.refuse('upgradeType', `${type} is there twice`);
    upgrades.set(type, upgrade.take('enabled') ?? true);
  }
  return upgrades;
}

/** A copy of requests to another cluster, without waiting for its answers. */
export function readMirror(reader: FieldReader<RouteAction_RequestMirrorPolicy>): MirrorIr {
  // Mirrored requests have no spans of their own here.
  reader.ignore('traceSampled');
  if (!reader.take('disableShadowHostSuffixAppend')) {
    reader.refuse('disableShadowHostSuffixAppend', 'must be true: mirrored requests keep their host');
  }
  const cluster = reader.take('cluster');
  if (cluster === '') reader.refuse('cluster', 'is required');
  return { cluster, percent: readRuntimeFraction(reader.message('runtimeFraction')) ?? 100 };
}
