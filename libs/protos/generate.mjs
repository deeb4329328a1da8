// Regenerates src/gen from the descriptor sets: `node libs/protos/generate.mjs` (see README.md).
//   descriptors/envoy-<version>.binpb  Envoy's API with its imports (made once from go-control-plane)
//   descriptors/malla.binpb            proto/**/*.proto compiled by protoc, when protoc is on PATH
// `--check` generates into a temporary folder and fails on any difference; without protoc it checks that the sources
// are those that malla.binpb was compiled from (their digest is beside it).
import { spawnSync } from 'node:child_process';
import crypto from 'node:crypto';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { create, fromBinary, toBinary } from '@bufbuild/protobuf';
import {
  CodeGeneratorRequestSchema,
  CodeGeneratorResponseSchema,
  FileDescriptorSetSchema,
  VersionSchema,
} from '@bufbuild/protobuf/wkt';

const here = import.meta.dirname;
const check = process.argv.includes('--check');
const out = check ? fs.mkdtempSync(path.join(os.tmpdir(), 'malla-gen-')) : path.join(here, 'src/gen');

/** Envoy files that Malla builds or reads; their imports follow. */
const envoyRoots = [
  'envoy/service/discovery/v3/ads',
  'envoy/service/secret/v3/sds',
  'envoy/service/accesslog/v3/als',
  'envoy/service/(ratelimit/v3/rls|auth/v3/external_auth)',
  'envoy/config/(cluster|endpoint|listener|route|bootstrap|accesslog|rbac|core|metrics)/v3/',
  'envoy/data/accesslog/v3/',
  'envoy/extensions/filters/network/(http_connection_manager|tcp_proxy|rbac)/v3/',
  'envoy/extensions/filters/http/(router|rbac|fault|health_check|cors|on_demand|grpc_stats|header_mutation|header_to_metadata|set_filter_state|lua|local_ratelimit|ratelimit|ext_authz|upstream_codec)/v3/',
  'envoy/extensions/filters/common/fault/v3/',
  'envoy/extensions/filters/listener/(original_dst|tls_inspector|http_inspector)/v3/',
  'envoy/extensions/transport_sockets/(tls|raw_buffer)/v3/',
  'envoy/extensions/upstreams/http/v3/',
  'envoy/extensions/access_loggers/(file|grpc|stats|stream|filters/cel)/v3/',
  'envoy/extensions/resource_monitors/(fixed_heap|downstream_connections)/v3/',
  'envoy/config/trace/v3/opentelemetry',
  'envoy/extensions/http/early_header_mutation/header_mutation/v3/',
  'envoy/extensions/tracers/opentelemetry/resource_detectors/v3/environment',
  'envoy/extensions/retry/',
  'envoy/extensions/request_id/uuid/v3/',
  'envoy/extensions/load_balancing_policies/(least_request|round_robin|random|ring_hash|maglev|common|wrr_locality|client_side_weighted_round_robin|cluster_provided)/v3/',
  'envoy/extensions/matching/common_inputs/',
  'envoy/admin/v3/',
].map((pattern) => new RegExp(`^${pattern}`));

function ownSources() {
  const root = path.join(here, 'proto');
  return fs
    .readdirSync(root, { recursive: true })
    .filter((f) => f.endsWith('.proto'))
    .sort();
}

function ownDigest() {
  const hash = crypto.createHash('sha256');
  for (const f of ownSources())
    hash
      .update(f)
      .update('\0')
      .update(fs.readFileSync(path.join(here, 'proto', f)));
  return hash.digest('hex');
}

function compileOwn(target) {
  const run = spawnSync(
    'protoc',
    [
      '-I',
      path.join(here, 'proto'),
      '--include_imports',
      '--include_source_info',
      `--descriptor_set_out=${target}`,
      ...ownSources(),
    ],
    { cwd: path.join(here, 'proto'), encoding: 'utf8' },
  );
  if (run.error?.code === 'ENOENT') return false;
  if (run.status !== 0) throw new Error(run.stderr);
  return true;
}

function generate(descriptorSet, wanted) {
  const set = fromBinary(FileDescriptorSetSchema, fs.readFileSync(descriptorSet));
  const byName = new Map(set.file.map((f) => [f.name, f]));
  const files = new Set();
  const add = (name) => {
    if (files.has(name) || name.startsWith('google/protobuf/')) return;
    files.add(name);
    for (const dependency of byName.get(name).dependency) add(dependency);
  };
  for (const name of byName.keys()) if (wanted(name)) add(name);
  const request = create(CodeGeneratorRequestSchema, {
    protoFile: set.file,
    fileToGenerate: [...files],
    parameter: 'target=ts,import_extension=ts',
    compilerVersion: create(VersionSchema, { major: 5, minor: 29 }),
  });
  const plugin = path.join(here, '../../node_modules/@bufbuild/protoc-gen-es/bin/protoc-gen-es');
  const run = spawnSync(process.execPath, [plugin], {
    input: toBinary(CodeGeneratorRequestSchema, request),
    maxBuffer: 1 << 28,
  });
  if (run.status !== 0) throw new Error(run.stderr.toString());
  const response = fromBinary(CodeGeneratorResponseSchema, run.stdout);
  if (response.error) throw new Error(response.error);
  for (const file of response.file) {
    const target = path.join(out, file.name);
    fs.mkdirSync(path.dirname(target), { recursive: true });
    fs.writeFileSync(target, withLazyDescriptors(file));
  }
  return response.file.length;
}

/** Descriptors are made by src/lazy when they are needed, not by protobuf-es when a module is loaded. */
function withLazyDescriptors({ name, content }) {
  const lazy = `${'../'.repeat(name.split('/').length)}lazy/descriptors.ts`;
  return content.replace(/^(import \{ .*fileDesc.* \} from )"@bufbuild\/protobuf\/codegenv2";$/m, `$1"${lazy}";`);
}

const ownSet = path.join(here, 'descriptors/malla.binpb');
const digestFile = path.join(here, 'descriptors/malla.sources.sha256');
if (check) {
  if (fs.readFileSync(digestFile, 'utf8').trim() !== ownDigest()) {
    console.error(
      'libs/protos/proto changed since descriptors/malla.binpb was compiled: run node libs/protos/generate.mjs',
    );
    process.exit(1);
  }
} else if (compileOwn(ownSet)) {
  fs.writeFileSync(digestFile, ownDigest() + '\n');
} else if (!fs.existsSync(ownSet) || fs.readFileSync(digestFile, 'utf8').trim() !== ownDigest()) {
  console.error('protoc is not on PATH and proto/ changed: install protobuf-compiler');
  process.exit(1);
}
if (!check) fs.rmSync(out, { recursive: true, force: true });
const envoySet = fs.readdirSync(path.join(here, 'descriptors')).find((f) => f.startsWith('envoy-'));
const envoyFiles = generate(path.join(here, 'descriptors', envoySet), (n) => envoyRoots.some((r) => r.test(n)));
const ownFiles = generate(ownSet, (n) => /^(malla|istio|grpc|opentelemetry)\//.test(n));
console.log(`${envoyFiles} files from ${envoySet}, ${ownFiles} from proto/`);

if (check) {
  const list = (root) =>
    fs
      .readdirSync(root, { recursive: true, withFileTypes: true })
      .filter((e) => e.isFile())
      .map((e) => path.relative(root, path.join(e.parentPath, e.name)))
      .sort();
  const committed = path.join(here, 'src/gen');
  const differing = [...new Set([...list(out), ...list(committed)])].filter((f) => {
    const read = (root) =>
      fs.existsSync(path.join(root, f)) ? fs.readFileSync(path.join(root, f), 'utf8') : undefined;
    return read(out) !== read(committed);
  });
  fs.rmSync(out, { recursive: true });
  for (const f of differing) console.error(`differs: libs/protos/src/gen/${f}`);
  if (differing.length > 0) process.exit(1);
}
