import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { findKind, groupOf, type Resource } from '@malla/model';
import { choiceOf, merged, readPath, type FakePath } from './fake-kube-request.ts';
import { FakeKubeStore, FakeRefusal, type FakeCollection } from './fake-kube-store.ts';
import { FakeWatch } from './fake-kube-watch.ts';

/** Whom a token is of, for TokenReview. */
export interface FakeToken {
  readonly username: string;
  readonly uid?: string;
  readonly groups?: readonly string[];
  readonly extra?: Readonly<Record<string, readonly string[]>>;
  readonly audiences: readonly string[];
}

/** A request that came. */
export interface FakeRequest {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly body: unknown;
}

/**
 * A Kubernetes API server over HTTP: lists in pages, watches with bookmarks in chunks that end anywhere, states that are forgotten (410),
 * connections that break, conflicts, status subresources, server-side apply (fields are merged, lists replaced, nobody's ownership is kept),
 * TokenReview. It serves every kind of the model. Objects need no namespace object to be there, and nothing validates them.
 */
export class FakeKubeApi {
  readonly store = new FakeKubeStore();
  /** By token: whom TokenReview knows. */
  readonly tokens = new Map<string, FakeToken>();
  /** Every request, oldest first. */
  readonly requests: FakeRequest[] = [];
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  readonly #watches = new Set<FakeWatch>();
  readonly #notServed = new Set<string>();
  #refusals: { readonly match: RegExp; readonly code: number; times: number }[] = [];
  /** The token that callers must have. */
  callerToken = 'caller';

  private constructor() {
    this.#server = createServer((request, response) => void this.#answer(request, response));
    this.#server.on('connection', (socket) => {
      this.#sockets.add(socket);
      socket.on('close', () => this.#sockets.delete(socket));
    });
  }

  /** @param port of an earlier one, to come back at its address without its objects */
  static async start(port = 0): Promise<FakeKubeApi> {
    const api = new FakeKubeApi();
    await api.#listen(port);
    return api;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** A kubeconfig for it, as text. */
  get kubeconfig(): string {
    return JSON.stringify({
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'fake',
      contexts: [{ name: 'fake', context: { cluster: 'fake', user: 'fake' } }],
      clusters: [{ name: 'fake', cluster: { server: this.url } }],
      users: [{ name: 'fake', user: { token: this.callerToken } }],
    });
  }

  /** Watches that are open. */
  get watches(): number {
    return this.#watches.size;
  }

  /** Makes an object, or replaces all of it but its status. */
  put(object: Resource): Resource {
    const at = collectionOf(object);
    const { namespace = '', name } = object.metadata;
    return this.store.get(at, namespace, name) === undefined
      ? this.store.create(at, object)
      : this.store.update(at, object);
  }

  find(like: Pick<Resource, 'apiVersion' | 'kind' | 'metadata'>): Resource | undefined {
    return this.store.get(collectionOf(like), like.metadata.namespace ?? '', like.metadata.name);
  }

  remove(like: Pick<Resource, 'apiVersion' | 'kind' | 'metadata'>): void {
    this.store.delete(collectionOf(like), like.metadata.namespace ?? '', like.metadata.name);
  }

  /** Tells all watches how far they are. */
  bookmark(): void {
    this.store.advance();
    for (const watch of this.#watches) watch.bookmark();
  }

  /** Ends all watches as a server does whose time for them is over. */
  endWatches(): void {
    for (const watch of this.#watches) watch.end();
  }

  /** Cuts all connections, also in the middle of an event. */
  cut(): void {
    for (const watch of this.#watches) watch.halfEvent();
    for (const socket of this.#sockets) socket.destroy();
  }

  /** Refuses the next requests whose method and URL match, such as `GET /api/v1/pods`. */
  refuse(match: RegExp, code: number, times = 1): void {
    this.#refusals.push({ match, code, times });
  }

  /** Refuses nothing any more. */
  forgetRefusals(): void {
    this.#refusals = [];
  }

  /** Whether a kind is served, by its plural name. */
  serve(plural: string, served: boolean): void {
    if (served) this.#notServed.delete(plural);
    else this.#notServed.add(plural);
  }

  /** Nobody answers until {@link FakeKubeApi.back}. */
  async away(): Promise<void> {
    const port = this.#port;
    const closed = new Promise<void>((resolve) => this.#server.close(() => resolve()));
    for (const socket of this.#sockets) socket.destroy();
    await closed;
    this.#awayPort = port;
  }

  /** At the same address as before. */
  async back(): Promise<void> {
    await this.#listen(this.#awayPort);
  }

  async stop(): Promise<void> {
    for (const watch of this.#watches) watch.end();
    for (const socket of this.#sockets) socket.destroy();
    if (this.#server.listening) await new Promise<void>((resolve) => this.#server.close(() => resolve()));
  }

  #awayPort = 0;
  #port = 0;

  async #listen(port: number): Promise<void> {
    await new Promise<void>((resolve) => this.#server.listen(port, '127.0.0.1', resolve));
    this.#port = (this.#server.address() as AddressInfo).port;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = 'GET', url: target = '/' } = request;
    try {
      const body = await readBody(request);
      this.requests.push({ method, url: target, body });
      this.#refuseAsAsked(`${method} ${target}`);
      if (request.headers.authorization !== `Bearer ${this.callerToken}`)
        throw new FakeRefusal(401, 'Unauthorized', 'Unauthorized');
      const url = new URL(target, this.url);
      const answer = this.#handle(request, url, body, response);
      if (answer !== undefined) send(response, method === 'POST' ? 201 : 200, answer);
    } catch (thrown) {
      if (!(thrown instanceof FakeRefusal)) throw thrown;
      send(response, thrown.code, statusOf(thrown));
    }
  }

  #refuseAsAsked(text: string): void {
    const found = this.#refusals.find(({ match }) => match.test(text));
    if (found === undefined) return;
    if (--found.times === 0) this.#refusals = this.#refusals.filter((each) => each !== found);
    throw new FakeRefusal(found.code, 'AsAsked', `refused with ${found.code}, as the test wants it`);
  }

  /** The answer, or undefined for a watch, which answers for itself. */
  #handle(request: IncomingMessage, url: URL, body: unknown, response: ServerResponse): object | undefined {
    if (url.pathname === '/apis/authentication.k8s.io/v1/tokenreviews') return this.#review(body as Review);
    const groupVersion = /^\/(?:api|apis\/([^/]+))\/([^/]+)$/.exec(url.pathname);
    if (groupVersion !== null) return this.#resources(groupVersion[1] ?? '', groupVersion[2] ?? '');
    const path = readPath(url.pathname);
    if (path === undefined || this.#notServed.has(path.plural))
      throw new FakeRefusal(404, 'NotFound', 'the server could not find the requested resource');
    if (request.method === 'GET' && path.name === undefined) {
      if (url.searchParams.get('watch') !== 'true') return this.#list(path, url.searchParams);
      this.#watch(path, url.searchParams, response);
      return undefined;
    }
    if (request.method === 'GET') return this.#get(path);
    if (request.method === 'DELETE') return this.store.delete(path, path.namespace, path.name ?? '');
    return this.#write(path, request, body as Resource);
  }

  #get(path: FakePath): Resource {
    const found = this.store.get(path, path.namespace, path.name ?? '');
    if (found === undefined) throw new FakeRefusal(404, 'NotFound', `${path.plural} "${path.name}" not found`);
    return found;
  }

  #write(path: FakePath, { method, headers }: IncomingMessage, sent: Resource): Resource {
    const part = path.subresource === 'status' ? 'status' : undefined;
    if (method === 'POST') {
      const { status: _, ...object } = sent;
      return this.store.create(path, object as Resource);
    }
    if (method === 'PUT') return this.store.update(path, sent, part);
    const current = this.store.get(path, path.namespace, path.name ?? '');
    const applies = headers['content-type'] === 'application/apply-patch+yaml';
    if (current === undefined) {
      if (applies && part === undefined) return this.store.create(path, sent);
      throw new FakeRefusal(404, 'NotFound', `${path.plural} "${path.name}" not found`);
    }
    const next = merged(current, sent) as Resource;
    const { resourceVersion: _, ...metadata } = next.metadata;
    const version = sent.metadata?.resourceVersion;
    const conditional = version === undefined ? metadata : { ...metadata, resourceVersion: version };
    return this.store.update(path, { ...next, metadata: conditional as Resource['metadata'] }, part);
  }

  #list(path: FakePath, query: URLSearchParams): object {
    const { revision, after } = readContinue(query.get('continue')) ?? { revision: this.store.revision, after: 0 };
    if (!this.store.remembers(revision))
      throw new FakeRefusal(410, 'Expired', 'The provided continue parameter is too old');
    const all = this.store.list(path).filter(choiceOf(path, query));
    const limit = Number(query.get('limit') ?? all.length);
    const items = all.slice(after, after + limit);
    const more = after + limit < all.length;
    const next = more ? { continue: `${revision}.${after + limit}` } : {};
    // Built-in kinds leave out what the list says already.
    const shown = path.group === '' ? items.map(({ apiVersion: _, kind: _kind, ...rest }) => rest) : items;
    const { kind } = path.definition;
    const apiVersion = path.group === '' ? path.version : `${path.group}/${path.version}`;
    return { kind: `${kind}List`, apiVersion, metadata: { resourceVersion: String(revision), ...next }, items: shown };
  }

  #watch(path: FakePath, query: URLSearchParams, response: ServerResponse): void {
    const watch = new FakeWatch({ store: this.store, path, choice: choiceOf(path, query), response, query });
    this.#watches.add(watch);
    response.on('close', () => {
      watch.end();
      this.#watches.delete(watch);
    });
    watch.start();
  }

  #resources(group: string, version: string): object {
    const resources = [...new Set(['pods', 'services', ...this.#known(group)])]
      .filter((plural) => !this.#notServed.has(plural))
      .map((name) => ({ name }));
    return { kind: 'APIResourceList', groupVersion: group === '' ? version : `${group}/${version}`, resources };
  }

  /** Plural names of a group that are asked for or stored. */
  #known(group: string): readonly string[] {
    return this.requests.flatMap(({ url }) => {
      const path = readPath(new URL(url, this.url).pathname);
      return path?.group === group ? [path.plural] : [];
    });
  }

  #review({ spec }: Review): object {
    const found = this.tokens.get(spec.token);
    const audiences = (spec.audiences ?? []).filter((each) => found?.audiences.includes(each));
    const status =
      found === undefined || audiences.length === 0
        ? { authenticated: false, error: 'the token is not valid for these audiences' }
        : { authenticated: true, audiences, user: { uid: 'u', groups: [], extra: {}, ...found, audiences: undefined } };
    return { apiVersion: 'authentication.k8s.io/v1', kind: 'TokenReview', metadata: {}, spec, status };
  }
}

interface Review {
  readonly spec: { readonly token: string; readonly audiences?: readonly string[] };
}

function collectionOf({ apiVersion, kind }: Pick<Resource, 'apiVersion' | 'kind'>): FakeCollection {
  const group = groupOf(apiVersion);
  const definition = findKind(group, kind);
  if (definition === undefined) throw new Error(`no kind ${kind} in ${apiVersion}`);
  return { group, plural: definition.plural };
}

function readContinue(text: string | null): { readonly revision: number; readonly after: number } | undefined {
  if (text === null) return undefined;
  const [revision = '0', after = '0'] = text.split('.');
  return { revision: Number(revision), after: Number(after) };
}

async function readBody(request: IncomingMessage): Promise<unknown> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  const text = Buffer.concat(parts).toString();
  return text === '' ? undefined : (JSON.parse(text) as unknown);
}

/** What went wrong, as an API server says it. */
function statusOf({ code, reason, message, causes }: FakeRefusal): object {
  const details = causes.length === 0 ? {} : { details: { causes } };
  return { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message, reason, code, ...details };
}

function send(response: ServerResponse, code: number, body: object): void {
  response.writeHead(code, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
