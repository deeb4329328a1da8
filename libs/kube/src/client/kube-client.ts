import { MallaError } from '@malla/model';
import type { Dispatcher } from 'undici';
import type { KubeAccess } from '../access/kube-access.ts';
import { apiVersionOf, collectionPath, objectPath, versionPath, type KubeKind, type KubeObject } from '../kube-kind.ts';
import { Connections, loadUndici } from './connections.ts';
import { kubeError, unreachable, type KubeStatus } from './kube-error.ts';

/** Under this name Malla manages fields. */
export const fieldManager = 'malla';

const userAgent = 'malla';
const answerWithinMs = 30_000;
/** A page of 500 objects of 1 MiB would be larger; nobody has these. */
const mostBytes = 256 * 1_024 * 1_024;

/** Names one object. */
export interface ObjectName {
  /** Left out for cluster-scoped kinds. */
  readonly namespace?: string | undefined;
  readonly name: string;
}

export interface KubeRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Such as `/api/v1/pods`. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>;
  readonly body?: unknown;
  /** `application/json` if not set. */
  readonly contentType?: string;
  readonly signal?: AbortSignal | undefined;
}

export interface ListOptions {
  /** All namespaces if not set. */
  readonly namespace?: string | undefined;
  readonly labelSelector?: string | undefined;
  readonly fieldSelector?: string | undefined;
  /** Objects a page; everything at once if not set. */
  readonly limit?: number | undefined;
  readonly continue?: string | undefined;
  readonly signal?: AbortSignal | undefined;
}

/** A page of a list. */
export interface KubePage<T> {
  readonly items: readonly T[];
  /** State that the list is of; a watch goes on from it. */
  readonly resourceVersion: string;
  /** More follows if it is set. */
  readonly continue?: string;
}

/**
 * Requests to an API server. All failures are MallaErrors, `unavailable` when there is no answer; what the server said is in their `details`
 * (see kubeErrorDetails). A request that is refused for its credentials (401) is sent once more with fresh ones.
 */
export class KubeClient {
  readonly #access: KubeAccess;
  readonly #connections: Connections;

  constructor(access: KubeAccess) {
    this.#access = access;
    this.#connections = new Connections(access);
  }

  /** URL of the API server. */
  get server(): string {
    return this.#access.server;
  }

  /** The namespace that this process runs in. */
  get namespace(): string {
    return this.#access.namespace;
  }

  /** `not_found` if there is none. */
  get<T extends KubeObject>(kind: KubeKind<T>, at: ObjectName, signal?: AbortSignal): Promise<T> {
    return this.json<T>({ method: 'GET', path: objectPath(kind, at), signal });
  }

  /** One page. Objects have kind and version, also where the server leaves them out. */
  async list<T extends KubeObject>(kind: KubeKind<T>, options: ListOptions = {}): Promise<KubePage<T>> {
    const { namespace, signal, ...query } = options;
    const path = collectionPath(kind, namespace);
    const page = await this.json<{ items?: readonly T[]; metadata?: { resourceVersion?: string; continue?: string } }>({
      method: 'GET',
      path,
      query,
      signal,
    });
    const { resourceVersion, continue: next } = page.metadata ?? {};
    if (resourceVersion === undefined) throw new MallaError('unavailable', `GET ${path}: the answer is no list`);
    const named = { apiVersion: apiVersionOf(kind), kind: kind.kind };
    const items = (page.items ?? []).map((item) => ({ ...item, ...named }));
    return { items, resourceVersion, ...(next === undefined || next === '' ? {} : { continue: next }) };
  }

  /** `already_exists` if the name is taken. */
  create<T extends KubeObject>(kind: KubeKind<T>, object: T, signal?: AbortSignal): Promise<T> {
    const path = collectionPath(kind, object.metadata.namespace);
    return this.json<T>({ method: 'POST', path, query: { fieldManager }, body: object, signal });
  }

  /** `conflict` unless the object is at its `metadata.resourceVersion`, if it has one. */
  replace<T extends KubeObject>(kind: KubeKind<T>, object: T, signal?: AbortSignal): Promise<T> {
    const path = objectPath(kind, object.metadata);
    return this.json<T>({ method: 'PUT', path, query: { fieldManager }, body: object, signal });
  }

  /**
   * Server-side apply as manager `malla`: exactly the fields given are ours, also those that others had. Makes the object if it is missing,
   * except of a subresource (`not_found`). With `metadata.resourceVersion` `conflict` unless it is that version.
   */
  apply<T extends KubeObject>(kind: KubeKind<T>, fields: T, subresource?: 'status', signal?: AbortSignal): Promise<T> {
    return this.json<T>({
      method: 'PATCH',
      path: objectPath(kind, fields.metadata, subresource),
      query: { fieldManager, force: true },
      body: fields,
      // JSON is YAML.
      contentType: 'application/apply-patch+yaml',
      signal,
    });
  }

  /** `not_found` if there is none. */
  async delete(kind: KubeKind, at: ObjectName, signal?: AbortSignal): Promise<void> {
    await this.json({ method: 'DELETE', path: objectPath(kind, at), signal });
  }

  /** False if the server does not serve the kind: its CustomResourceDefinition is not installed. */
  async serves(kind: KubeKind, signal?: AbortSignal): Promise<boolean> {
    try {
      const path = versionPath(kind);
      const { resources = [] } = await this.json<{ resources?: readonly { name: string }[] }>({
        method: 'GET',
        path,
        signal,
      });
      return resources.some(({ name }) => name === kind.plural);
    } catch (error) {
      if (MallaError.from(error).code !== 'not_found') throw error;
      return false;
    }
  }

  /** A request and its answer as JSON. */
  async json<T>(request: KubeRequest): Promise<T> {
    const within = AbortSignal.timeout(answerWithinMs);
    const signal = request.signal === undefined ? within : AbortSignal.any([request.signal, within]);
    const answer = await this.#send({ ...request, signal });
    try {
      return JSON.parse(await wholeText(answer)) as T;
    } catch (thrown) {
      throw thrown instanceof SyntaxError
        ? new MallaError('unavailable', `${request.method} ${request.path}: the answer is not JSON`)
        : this.#failure(thrown);
    }
  }

  /** A request whose answer comes in pieces for as long as it is read, such as a watch. The signal ends it. */
  async stream(request: KubeRequest): Promise<AsyncIterable<Uint8Array>> {
    return (await this.#send(request)).body;
  }

  /** Ends all requests that are running. */
  close(): Promise<void> {
    return this.#connections.close();
  }

  async #send(request: KubeRequest): Promise<Dispatcher.ResponseData> {
    let answer = await this.#once(request);
    if (answer.statusCode === 401) {
      await answer.body.dump();
      this.#access.refused();
      answer = await this.#once(request);
    }
    if (answer.statusCode < 300) return answer;
    const text = await wholeText(answer).catch(() => '');
    const after = Number(answer.headers['retry-after'] ?? NaN);
    throw kubeError(
      `${request.method} ${request.path}`,
      answer.statusCode,
      statusOf(text),
      Number.isFinite(after) ? after : undefined,
    );
  }

  async #once({ method, path, query, body, contentType, signal }: KubeRequest): Promise<Dispatcher.ResponseData> {
    const { tls, authorization } = await this.#access.credentials();
    const dispatcher = await this.#connections.of(tls);
    const { request: send } = await loadUndici();
    try {
      return await send(`${this.server}${path}${queryText(query)}`, {
        method,
        dispatcher,
        headers: {
          accept: 'application/json',
          'user-agent': userAgent,
          ...(authorization === undefined ? {} : { authorization }),
          ...(body === undefined ? {} : { 'content-type': contentType ?? 'application/json' }),
        },
        body: body === undefined ? null : JSON.stringify(body),
        headersTimeout: answerWithinMs,
        bodyTimeout: 0,
        signal: signal ?? null,
      });
    } catch (thrown) {
      throw this.#failure(thrown);
    }
  }

  #failure(thrown: unknown): MallaError {
    if (thrown instanceof MallaError) return thrown;
    return unreachable(this.server, thrown);
  }
}

async function wholeText({ body }: Dispatcher.ResponseData): Promise<string> {
  const parts: Buffer[] = [];
  let bytes = 0;
  for await (const part of body) {
    parts.push(part as Buffer);
    bytes += (part as Buffer).length;
    if (bytes > mostBytes) throw new MallaError('exhausted', `an answer of more than ${mostBytes} bytes`);
  }
  return Buffer.concat(parts).toString('utf8');
}

function statusOf(text: string): KubeStatus {
  try {
    const read = JSON.parse(text) as KubeStatus | null;
    return read?.kind === 'Status' ? read : {};
  } catch {
    return text === '' ? {} : { message: text.trim().slice(0, 300) };
  }
}

function queryText(query: KubeRequest['query'] = {}): string {
  const given = Object.entries(query).flatMap(([key, value]) => (value === undefined ? [] : [[key, String(value)]]));
  return given.length === 0 ? '' : `?${new URLSearchParams(given as [string, string][]).toString()}`;
}
