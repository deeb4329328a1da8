import type http from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { kinds, type Resource } from '@malla/model';

/** A config API that behaves: enough of it for the command line, in memory, over real HTTPS. */
export class FakeConfigApi {
  readonly objects = new Map<string, Resource>();
  readonly history: {
    revision: number;
    operation: string;
    author: string;
    time: string;
    changeId: string;
    object: Resource;
  }[] = [];
  readonly requests: string[] = [];
  /** Answers every write of this name with a Status. */
  refuse: { name: string; status: number; body: object } | undefined;
  revision = 0;
  /** Instead of the warning that every write gets. */
  warning: string | undefined;
  proxies: () => readonly object[] = () => [];
  readonly #server: https.Server;

  constructor(certificate: { chainPem: string; keyPem: string }) {
    this.#server = https.createServer({ cert: certificate.chainPem, key: certificate.keyPem }, (request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        const url = new URL(request.url ?? '', 'https://x');
        this.requests.push(`${request.method} ${url.pathname}${url.search}`);
        if (request.headers.authorization !== 'Bearer good')
          return send(response, 401, failure('Unauthorized', 'unauthorized', 401));
        const text = Buffer.concat(chunks).toString();
        this.#answer(request, url, response, text === '' ? undefined : (JSON.parse(text) as Resource));
      });
    });
  }

  async listen(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return `https://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer(request: http.IncomingMessage, url: URL, response: http.ServerResponse, body: Resource | undefined): void {
    const path = url.pathname;
    if (path.startsWith('/apis/malla.io/v1/')) return this.#extra(path.slice(18), url, response, body as never);
    const [definition, namespace, name] = locate(path);
    const key = (n: string) => `${definition.kind}/${definition.namespaced ? namespace : ''}/${n}`;
    if (request.method === 'GET' && name === undefined)
      return this.#list({ definition, namespace, url, request, response });
    const target = name ?? body?.metadata.name ?? '';
    const current = this.objects.get(key(target));
    if (request.method === 'POST' ? current !== undefined : current === undefined) {
      const [reason, code] = current === undefined ? ['NotFound', 404] : ['AlreadyExists', 409];
      return send(
        response,
        code as number,
        failure(
          reason as string,
          `${definition.plural} "${target}" ${current === undefined ? 'not found' : 'already exists'}`,
          code as number,
        ),
      );
    }
    if (request.method === 'GET')
      return send(response, 200, wantsTable(request) ? this.#table([current as Resource]) : current);
    const missing = definition.namespaced && !this.objects.has(`Namespace//${namespace}`);
    if (missing) return send(response, 404, failure('NotFound', `namespaces "${namespace}" not found`, 404));
    if (this.refuse?.name === target) return send(response, this.refuse.status, this.refuse.body);
    this.#write({
      key: key(target),
      current,
      body,
      dryRun: url.searchParams.get('dryRun') === 'All',
      response,
      method: request.method ?? '',
    });
  }

  #write(params: {
    key: string;
    current: Resource | undefined;
    body: Resource | undefined;
    dryRun: boolean;
    response: http.ServerResponse;
    method: string;
  }): void {
    const { key, current, body, dryRun, response, method } = params;
    if (method === 'DELETE') {
      if (!dryRun) this.objects.delete(key);
      return send(response, 200, { kind: 'Status', status: 'Success' });
    }
    const sent = body as Resource;
    const same = current !== undefined && JSON.stringify(strip(current)) === JSON.stringify(strip(sent));
    const revision = same ? Number(current?.metadata.resourceVersion) : this.revision + 1;
    const object = { ...sent, metadata: { ...sent.metadata, resourceVersion: String(revision) } };
    if (!dryRun && !same) {
      this.revision = revision;
      this.objects.set(key, object);
      this.history.unshift({
        revision,
        operation: current === undefined ? 'created' : 'replaced',
        author: 'me',
        time: '2026-01-01T00:00:00Z',
        changeId: `c${revision}`,
        object,
      });
    }
    response.setHeader('warning', `299 - "${this.warning ?? `${sent.metadata.name} looks odd, \\"really\\"`}"`);
    send(response, current === undefined ? 201 : 200, object);
  }

  #list(params: {
    definition: (typeof kinds)[number];
    namespace: string;
    url: URL;
    request: http.IncomingMessage;
    response: http.ServerResponse;
  }): void {
    const { definition, namespace, url, request, response } = params;
    const wanted = url.searchParams.get('labelSelector');
    const items = [...this.objects.values()].filter(
      (o) =>
        o.kind === definition.kind &&
        (namespace === '' || (o.metadata.namespace ?? '') === namespace) &&
        (wanted === null ||
          wanted ===
            Object.entries(o.metadata.labels ?? {})
              .map(([k, v]) => `${k}=${v}`)
              .join()),
    );
    const asTable = wantsTable(request);
    if (url.searchParams.get('watch') === 'true') {
      response.writeHead(200);
      const event = (type: string, o: Resource) =>
        `${JSON.stringify({ type, object: asTable ? this.#table([o]) : o })}\n`;
      // From the revision of the list on, there is one deletion to tell.
      const text = event('DELETED', items[0] as Resource);
      // Split inside a line, as networks do.
      response.write(text.slice(0, 25));
      return void setTimeout(() => response.write(text.slice(25)), 20);
    }
    send(response, 200, asTable ? this.#table(items) : { kind: `${definition.kind}List`, apiVersion: 'v1', items });
  }

  #table(objects: readonly Resource[]): object {
    return {
      kind: 'Table',
      metadata: { resourceVersion: String(this.revision) },
      columnDefinitions: [{ name: 'Name' }, { name: 'Age' }, { name: 'Selector', priority: 1 }],
      rows: objects.map(({ metadata }) => ({ cells: [metadata.name, '5m', 'app=x'], object: { metadata } })),
    };
  }

  #extra(
    name: string,
    url: URL,
    response: http.ServerResponse,
    body: { toRevision?: number; name?: string } | undefined,
  ): void {
    if (name === 'proxies') return send(response, 200, { items: this.proxies() });
    const items = this.history.filter((h) => h.object.metadata.name === (url.searchParams.get('name') ?? body?.name));
    if (name === 'history') return send(response, 200, { items });
    if (name === 'rollback')
      return send(response, 200, {
        ...items.find((i) => i.revision === body?.toRevision)?.object,
        metadata: { name: body?.name, resourceVersion: '99' },
      });
    return send(response, 200, {
      patch: url.searchParams.get('from') === url.searchParams.get('to') ? [] : [{ op: 'replace', path: '/spec' }],
    });
  }
}

function wantsTable(request: http.IncomingMessage): boolean {
  return request.headers.accept?.includes('as=Table') ?? false;
}

function strip(object: Resource): object {
  const { name, namespace, labels } = object.metadata;
  return { ...object, metadata: { name, namespace, labels } };
}

function locate(path: string): [(typeof kinds)[number], string, string | undefined] {
  const parts = path.split('/').slice(path.startsWith('/api/') ? 3 : 4);
  const [namespace, rest] =
    parts[0] === 'namespaces' && parts.length > 2 ? [parts[1] ?? '', parts.slice(2)] : ['', parts];
  return [kinds.find((k) => k.plural === rest[0]) as (typeof kinds)[number], namespace, rest[1]];
}

/** A Status of the API. */
export function failure(reason: string, message: string, code: number, causes?: object[]): object {
  return {
    kind: 'Status',
    apiVersion: 'v1',
    status: 'Failure',
    message,
    reason,
    code,
    ...(causes ? { details: { causes } } : {}),
  };
}

function send(response: http.ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(JSON.stringify(body));
}
