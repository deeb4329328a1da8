import { create, toBinary, type MessageInitShape } from '@bufbuild/protobuf';
import { timestampFromDate } from '@bufbuild/protobuf/wkt';
import type { CallInfo, ResponseStream, ServiceHandlers } from '@malla/grpc';
import { findKind, kinds as allKinds, MallaError, type Resource } from '@malla/model';
import {
  type ResourceSchema,
  WatchEvent_Type as Type,
  WatchEventSchema,
  type ConfigService,
  type ListRequest,
  type ListResponseSchema,
  type ResourceKey as WireKey,
  type WatchRequest,
  type WriteRequest,
} from '@malla/protos/gen/malla/config/v1/config_pb';
import { keyOf, parseLabelSelector, type ResourceKey, type StoredResource, type WatchEvent } from '@malla/store';
import { requireAccess, type Caller, type Verb } from '../access/caller.ts';
import type { ResourceHistory } from '../resources/resource-history.ts';
import type { ResourceReads } from '../resources/resource-reads.ts';
import type { WriteContext } from '../resources/commits.ts';
import type { ResourceWrites, WriteResult } from '../resources/resource-writes.ts';
import { readPage, writePage } from '../rest/list-options.ts';
import { withoutManagers } from '../resources/field-management.ts';
import { isNamespaceKey } from '../resources/namespaces.ts';
import { notFound } from '../resources/not-found.ts';
import { withTicks } from '../rest/watch-events.ts';

const bookmarkEveryMs = 5_000;

export interface ConfigServiceParams {
  readonly reads: ResourceReads;
  readonly writes: ResourceWrites;
  readonly history: ResourceHistory;
  /** Who calls: by certificate or bearer token; throws `unauthenticated` or `permission_denied`. */
  readonly callerOf: (call: CallInfo) => Promise<Caller>;
  readonly newId: () => string;
  readonly bookmarkEveryMs?: number;
}

/** The handlers of malla.config.v1.ConfigService: the verbs of the REST API for machines. */
export function configServiceHandlers(params: ConfigServiceParams): ServiceHandlers<typeof ConfigService> {
  const { reads, writes, history } = params;
  const write = async (
    request: WriteRequest,
    call: CallInfo,
    verbs: readonly [Verb, ...Verb[]],
    run: (object: Resource, context: WriteContext) => Promise<WriteResult>,
  ) => {
    const object = parseObject(request.json);
    const key = wireKeyOf(object);
    let caller: Caller | undefined;
    for (const verb of verbs) caller = await allow(params, call, { verb, key });
    return wireObject((await run(object, contextOf(params, caller as Caller, request.dryRun))).object);
  };
  return {
    async get({ key }, call) {
      const wanted = keyFrom(key);
      await allow(params, call, { verb: 'get', key: wanted });
      await reads.refresh();
      const found = reads.get(wanted);
      if (found === undefined) throw notFound(wanted);
      return wireResource(found);
    },
    list: (request, call) => list(params, request, call),
    create: (request, call) => write(request, call, ['create'], (object, context) => writes.create(object, context)),
    replace: (request, call) => write(request, call, ['update'], (object, context) => writes.replace(object, context)),
    apply: (request, call) =>
      write(request, call, ['create', 'update'], (object, context) => writes.upsert(object, context)),
    async delete({ key, revision, dryRun }, call) {
      const wanted = keyFrom(key);
      const caller = await allow(params, call, { verb: 'delete', key: wanted });
      const expected = revision === 0n ? {} : { revision: Number(revision) };
      const { object } = await writes.delete({ key: wanted, ...expected }, contextOf(params, caller, dryRun));
      return wireObject(object);
    },
    watch: (request, stream) => watch(params, request, stream),
    async history({ key, limit }, call) {
      const wanted = keyFrom(key);
      await allow(params, call, { verb: 'get', key: wanted });
      const changes = await history.history(wanted, limit > 0 ? { limit } : {});
      const entries = changes.map(({ revision, operation, author, time, changeId, object }) => ({
        revision: BigInt(revision),
        operation,
        author,
        time: timestampFromDate(new Date(time)),
        changeId,
        json: operation === 'deleted' ? new Uint8Array() : encodeJson(object),
      }));
      return { entries };
    },
    async rollback({ key, toRevision, dryRun }, call) {
      const wanted = keyFrom(key);
      const caller = await allow(params, call, { verb: 'update', key: wanted });
      const context = contextOf(params, caller, dryRun);
      return wireObject((await history.rollback({ key: wanted, toRevision: Number(toRevision) }, context)).object);
    },
  };
}

function contextOf({ newId }: ConfigServiceParams, caller: Caller, dryRun: boolean): WriteContext {
  return { author: caller.name, caller, changeId: newId(), dryRun, fieldManager: 'malla-grpc' };
}

async function list(
  params: ConfigServiceParams,
  request: ListRequest,
  call: CallInfo,
): Promise<MessageInitShape<typeof ListResponseSchema>> {
  const { group, kind, namespace, labelSelector, limit, continueToken } = request;
  const key = { group, kind, namespace, name: '' };
  await allow(params, call, { verb: 'list', key });
  const page = continueToken === '' ? undefined : readPage(continueToken);
  await params.reads.refresh();
  const found = await params.reads.list({
    ...(kind === '' ? {} : { group, kind }),
    ...(namespace === '' ? {} : { namespace }),
    ...(labelSelector === '' ? {} : { selector: parseLabelSelector(labelSelector) }),
    ...(limit > 0 ? { limit } : {}),
    ...(page === undefined ? {} : { after: page.after, atRevision: page.revision }),
  });
  const last = found.resources.at(-1);
  return {
    resources: found.resources.map(wireResource),
    revision: BigInt(found.revision),
    continueToken: found.more && last !== undefined ? writePage({ revision: found.revision, after: last.key }) : '',
  };
}

/** The state, SYNCED, then each change in commit order, with a bookmark when nothing happens for a while. */
async function watch(
  params: ConfigServiceParams,
  { kinds, fromRevision }: WatchRequest,
  stream: ResponseStream<typeof WatchEventSchema>,
): Promise<void> {
  for (const { group, kind } of watchedKinds(kinds))
    await allow(params, stream, { verb: 'watch', key: { group, kind, namespace: '', name: '' } });
  const isWanted = ({ kind }: ResourceKey): boolean => (kinds.length === 0 ? kind !== 'Event' : kinds.includes(kind));
  const from = fromRevision === 0n ? {} : { fromRevision: Number(fromRevision) };
  if (fromRevision === 0n) await params.reads.refresh();
  const events = params.reads.watch({ signal: stream.signal, ...from })[Symbol.asyncIterator]();
  let revision = fromRevision;
  for await (const event of withTicks(events, params.bookmarkEveryMs ?? bookmarkEveryMs, stream.signal)) {
    if (event !== 'tick') revision = revisionOf(event, revision);
    const message = event === 'tick' ? bookmark(revision) : wireEvent(event, isWanted);
    if (message !== undefined && !stream.send(message)) await stream.drained();
  }
}

/** What must be allowed to watch: the named kinds of every group, or "all kinds" when none is named. */
function watchedKinds(names: readonly string[]): readonly { readonly group: string; readonly kind: string }[] {
  if (names.length === 0) return [{ group: '', kind: '' }];
  return names.flatMap((name) => {
    const named = allKinds.filter(({ kind }) => kind === name);
    if (named.length === 0) throw new MallaError('invalid', `kinds: there is no kind "${name}"`);
    return named;
  });
}

function revisionOf(event: WatchEvent, before: bigint): bigint {
  if (event.type === 'initial') return before;
  return BigInt(event.type === 'synced' ? event.revision : event.change.revision);
}

/** Encoded events by change: every watcher of this process gets the same bytes. */
const encoded = new WeakMap<object, Uint8Array>();

function wireEvent(event: WatchEvent, isWanted: (key: ResourceKey) => boolean): Uint8Array | undefined {
  if (event.type === 'synced')
    return toBinary(
      WatchEventSchema,
      create(WatchEventSchema, { type: Type.SYNCED, revision: BigInt(event.revision) }),
    );
  const subject = event.type === 'initial' ? event.resource : event.change;
  if (!isWanted(subject.key)) return undefined;
  const known = encoded.get(subject);
  if (known !== undefined) return known;
  const { key, revision, object } = subject;
  const type = event.type === 'change' ? changeTypes[event.change.operation] : Type.ADDED;
  const changeId = event.type === 'change' ? event.change.changeId : '';
  const message = create(WatchEventSchema, {
    type,
    revision: BigInt(revision),
    resource: wireResource({ key, revision, object: withoutManagers(object) }),
    changeId,
  });
  const bytes = toBinary(WatchEventSchema, message);
  encoded.set(subject, bytes);
  return bytes;
}

const changeTypes = { created: Type.ADDED, replaced: Type.MODIFIED, deleted: Type.DELETED } as const;

function bookmark(revision: bigint): Uint8Array {
  return toBinary(WatchEventSchema, create(WatchEventSchema, { type: Type.BOOKMARK, revision }));
}

/** Reads of "all kinds" ask for everything, so only a grant for everything will do. */
async function allow(
  params: ConfigServiceParams,
  call: CallInfo,
  { verb, key }: { verb: Verb; key: ResourceKey },
): Promise<Caller> {
  const caller = await params.callerOf(call);
  const definition = findKind(key.group, key.kind);
  if (key.kind !== '' && definition === undefined)
    throw new MallaError('invalid', `${key.group || 'v1'} has no kind "${key.kind}"`);
  // "All kinds" is asked for as what only a rule for everything allows.
  const { group, plural } = definition ?? { group: '*', plural: '*' };
  const namespace = (isNamespaceKey(key) ? key.name : key.namespace) || undefined;
  // As in REST: the name of what is to be created counts for nothing.
  const name = verb === 'create' ? undefined : key.name || undefined;
  requireAccess(caller, { verb, group, resource: plural, namespace, name });
  return caller;
}

function parseObject(json: Uint8Array): Resource {
  let object: unknown;
  try {
    object = JSON.parse(Buffer.from(json).toString('utf8'));
  } catch (error) {
    throw new MallaError('invalid', `json is not JSON: ${(error as Error).message}`, { cause: error });
  }
  if (typeof object !== 'object' || object === null) throw new MallaError('invalid', 'json must be an object');
  return object as Resource;
}

/** The key of an object that is not checked yet. */
function wireKeyOf(object: Resource): ResourceKey {
  if (typeof object.apiVersion !== 'string' || typeof object.kind !== 'string' || typeof object.metadata !== 'object') {
    throw new MallaError('invalid', 'an object needs apiVersion, kind and metadata');
  }
  return keyOf(object);
}

function keyFrom(key: WireKey | undefined): ResourceKey {
  if (key === undefined || key.kind === '' || key.name === '')
    throw new MallaError('invalid', 'a key with kind and name is required');
  const { group, kind, namespace, name } = key;
  return { group, kind, namespace, name };
}

function wireObject(object: Resource): MessageInitShape<typeof ResourceSchema> {
  return wireResource({ key: keyOf(object), revision: Number(object.metadata.resourceVersion ?? 0), object });
}

function wireResource({ key, revision, object }: StoredResource): MessageInitShape<typeof ResourceSchema> {
  return { key, revision: BigInt(revision), json: encodeJson(object) };
}

function encodeJson(object: Resource): Uint8Array {
  return Buffer.from(JSON.stringify(object));
}
