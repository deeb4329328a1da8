import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import { BinaryWriter, WireType } from '@bufbuild/protobuf/wire';
import {
  ClusterSchema,
  type Cluster,
  type Cluster_LbPolicy,
} from '@malla/protos/gen/envoy/config/cluster/v3/cluster_pb';
import { describe, expect, it } from 'vitest';
import { FieldReader } from './field-reader.ts';
import { Reading } from './reading.ts';

function read(cluster: Cluster, look: (reader: FieldReader<Cluster>) => void) {
  const reading = new Reading();
  look(new FieldReader<Cluster>(reading, ClusterSchema, cluster, ''));
  reading.finish();
  return reading.problems;
}

const cluster = create(ClusterSchema, {
  name: 'c',
  clusterDiscoveryType: { case: 'type', value: 3 },
  edsClusterConfig: { serviceName: 's' },
  connectTimeout: { seconds: 1n, nanos: 500_000_000 },
  healthChecks: [],
  // A number that is no value of the enum any more.
  lbPolicy: 4 as Cluster_LbPolicy,
});

describe('FieldReader', () => {
  it('reports what is set and not taken, in every message, by its proto path', () => {
    const problems = read(cluster, (reader) => {
      reader.take('name');
      reader.message('edsClusterConfig');
      reader.choice('lbPolicy', { 0: true });
    });
    expect(problems).toContainEqual({ path: 'type', message: 'is not supported' });
    expect(problems).toContainEqual({ path: 'connect_timeout', message: 'is not supported' });
    expect(problems).toContainEqual({ path: 'eds_cluster_config.service_name', message: 'is not supported' });
  });

  it('does not report what has its default', () => {
    expect(read(create(ClusterSchema, { name: 'c' }), (reader) => reader.take('name'))).toEqual([]);
  });

  it('gives durations in milliseconds, rounded down, and refuses negative ones', () => {
    read(cluster, (reader) => expect(reader.duration('connectTimeout')).toBe(1500));
    const odd = create(ClusterSchema, { name: 'c', connectTimeout: { seconds: 0n, nanos: 1_999_999 } });
    read(odd, (reader) => expect(reader.duration('connectTimeout')).toBe(1));
    const negative = create(ClusterSchema, { name: 'c', cleanupInterval: { seconds: -1n } });
    const problems = read(negative, (reader) => {
      reader.take('name');
      reader.duration('cleanupInterval');
    });
    expect(problems.map(({ path }) => path)).toContain('cleanup_interval');
  });

  it('refuses members of a oneof and enum values that nobody handles', () => {
    const problems = read(cluster, (reader) => {
      reader.ignore('name', 'edsClusterConfig', 'connectTimeout');
      reader.oneof('clusterDiscoveryType', {});
      reader.choice('lbPolicy', { 1: true });
    });
    expect(problems).toEqual([
      { path: 'lb_policy', message: '4 is no value of envoy.config.cluster.v3.Cluster.LbPolicy' },
      { path: 'type', message: 'is not supported' },
      { path: 'lb_policy', message: 'enum value 4 is not supported' },
    ]);
  });

  it('reports fields that the descriptors do not know', () => {
    const bytes = new BinaryWriter()
      .raw(toBinary(ClusterSchema, create(ClusterSchema, { name: 'c' })))
      .tag(1999, WireType.Varint)
      .int32(1)
      .finish();
    const problems = read(fromBinary(ClusterSchema, bytes), (reader) => reader.take('name'));
    expect(problems).toEqual([{ path: '<field 1999>', message: 'is not known' }]);
  });
});
