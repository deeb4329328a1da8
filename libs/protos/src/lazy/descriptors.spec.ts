import { readFileSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import {
  create,
  createFileRegistry,
  createRegistry,
  fromBinary,
  fromJson,
  getOption,
  hasOption,
  toBinary,
  toJson,
  type DescEnum,
  type DescFile,
  type DescMessage,
  type FileRegistry,
} from '@bufbuild/protobuf';
import { FileDescriptorSetSchema } from '@bufbuild/protobuf/wkt';
import { describe, expect, it } from 'vitest';
import { ClusterSchema } from '../gen/envoy/config/cluster/v3/cluster_pb.ts';
import { ClusterLoadAssignmentSchema } from '../gen/envoy/config/endpoint/v3/endpoint_pb.ts';
import {
  AggregatedDiscoveryService,
  file_envoy_service_discovery_v3_ads,
} from '../gen/envoy/service/discovery/v3/ads_pb.ts';
import { DeltaDiscoveryRequestSchema } from '../gen/envoy/service/discovery/v3/discovery_pb.ts';
import { required, rules } from '../gen/validate/validate_pb.ts';
import { LazyFile } from './lazy-file.ts';

const here = import.meta.dirname;
const descriptors = path.join(here, '../../descriptors');

/** What protobuf-es itself makes of all files. */
function eager(): FileRegistry {
  const sets = readdirSync(descriptors).filter((file) => file.endsWith('.binpb'));
  return createFileRegistry(
    ...sets.map((file) =>
      createFileRegistry(fromBinary(FileDescriptorSetSchema, readFileSync(path.join(descriptors, file)))),
    ),
  );
}

async function generatedFiles(): Promise<readonly LazyFile[]> {
  const gen = path.join(here, '../gen');
  const modules = readdirSync(gen, { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('_pb.ts'));
  const exported = await Promise.all(
    modules.map(async (file) => Object.values((await import(path.join(gen, file))) as Record<string, unknown>)),
  );
  return exported.flat().filter((each) => each instanceof LazyFile);
}

const plain = (value: unknown): value is bigint | boolean | number | string | undefined => typeof value !== 'object';

/** Everything of a message's descriptor in plain values, other types by their names. */
function messageFacts(desc: DescMessage): unknown {
  return {
    names: [desc.kind, desc.name, desc.typeName, desc.parent?.typeName, desc.file.name, String(desc), desc.deprecated],
    fields: desc.fields.map((field) => ({
      ...Object.fromEntries(Object.entries(field).filter(([, value]) => plain(value) && typeof value !== 'function')),
      types: [field.message?.typeName, field.enum?.typeName, field.parent.typeName, field.oneof?.name, String(field)],
      default: field.fieldKind === 'scalar' || field.fieldKind === 'enum' ? field.getDefaultValue() : undefined,
      options: field.proto.options?.$unknown?.map(({ no, data }) => [no, [...data]]),
    })),
    byName: Object.keys(desc.field),
    members: desc.members.map(({ kind, localName }) => `${kind} ${localName}`),
    oneofs: desc.oneofs.map(({ name, fields, parent }) => [name, fields.map((field) => field.name), parent.typeName]),
    extensions: desc.nestedExtensions.map(({ typeName }) => typeName),
    messages: desc.nestedMessages.map(messageFacts),
    enums: desc.nestedEnums.map(enumFacts),
  };
}

function enumFacts(desc: DescEnum): unknown {
  const { kind, name, typeName, parent, file, open, sharedPrefix, values, value, deprecated } = desc;
  return {
    names: [kind, name, typeName, parent?.typeName, file.name, open, sharedPrefix, deprecated, String(desc)],
    values: values.map((each) => [each.name, each.localName, each.number, each.jsonName, each.parent.typeName]),
    numbers: Object.keys(value),
  };
}

function fileFacts(desc: DescFile): unknown {
  return {
    names: [desc.kind, desc.name, desc.proto.name, desc.edition, desc.deprecated, String(desc)],
    imports: desc.dependencies.map(({ name }) => name),
    messages: desc.messages.map(messageFacts),
    enums: desc.enums.map(enumFacts),
    extensions: desc.extensions.map(({ typeName, number, extendee, message }) => [
      ...[typeName, number, extendee.typeName, message?.typeName],
    ]),
    services: desc.services.map(({ typeName, methods }) => [
      typeName,
      methods.map(({ name, methodKind, input, output }) => [name, methodKind, input.typeName, output.typeName]),
    ]),
  };
}

describe('lazy descriptors', () => {
  it('are what protobuf-es makes of the same files', async () => {
    const registry = eager();
    const files = await generatedFiles();
    expect(files.length).toBeGreaterThan(150);
    for (const file of files) {
      const expected = registry.getFile(`${file.name}.proto`) as DescFile;
      const [facts, expectedFacts] = [fileFacts(file), fileFacts(expected)];
      // Much faster than `toEqual`, which shows what differs.
      if (!isDeepStrictEqual(facts, expectedFacts)) expect(facts, file.name).toEqual(expectedFacts);
    }
  });

  it('are the same objects wherever they are met', async () => {
    for (const file of await generatedFiles()) {
      const all: readonly DescMessage[] = [...createRegistry(file)].filter(
        ({ kind }) => kind === 'message',
      ) as DescMessage[];
      for (const message of all) {
        for (const field of message.fields) {
          expect(field.parent).toBe(message);
          const inFile = all.find(({ typeName }) => typeName === field.message?.typeName);
          if (inFile !== undefined) expect(field.message).toBe(inFile);
        }
      }
    }
    expect(ClusterSchema.field.loadAssignment.message).toBe(ClusterLoadAssignmentSchema);
    expect(AggregatedDiscoveryService.method.deltaAggregatedResources.input).toBe(DeltaDiscoveryRequestSchema);
    expect(file_envoy_service_discovery_v3_ads.services[0]?.method['deltaAggregatedResources']?.input).toBe(
      DeltaDiscoveryRequestSchema,
    );
  });

  it('encode, decode, and have options', () => {
    const json = {
      name: 'c',
      loadAssignment: { clusterName: 'c' },
      typedExtensionProtocolOptions: {},
      type: 'STRICT_DNS',
    };
    const cluster = fromJson(ClusterSchema, { ...json, connectTimeout: '5s', lbPolicy: 'RING_HASH' });
    const again = fromBinary(ClusterSchema, toBinary(ClusterSchema, cluster));
    expect(toJson(ClusterSchema, again)).toMatchObject({ name: 'c', lbPolicy: 'RING_HASH', connectTimeout: '5s' });
    expect(create(ClusterSchema).name).toBe('');
    const name = ClusterSchema.field.name;
    expect(hasOption(name, rules)).toBe(true);
    expect(getOption(name, rules).type).toMatchObject({ case: 'string', value: { minLen: 1n } });
    expect(ClusterSchema.oneofs.map((oneof) => getOption(oneof, required))).toEqual([false, false]);
  });
});
