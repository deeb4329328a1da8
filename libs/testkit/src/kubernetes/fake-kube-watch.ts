import type { ServerResponse } from 'node:http';
import type { FakeChoice, FakePath } from './fake-kube-request.ts';
import { FakeRefusal, type FakeChange, type FakeKubeStore } from './fake-kube-store.ts';

export interface FakeWatchParams {
  readonly store: FakeKubeStore;
  readonly path: FakePath;
  readonly choice: FakeChoice;
  readonly query: URLSearchParams;
  readonly response: ServerResponse;
}

/** One watch: changes since a state, each in two chunks that are cut anywhere. */
export class FakeWatch {
  readonly #params: FakeWatchParams;
  #from: number;
  #stop: () => void = () => undefined;
  #timer: NodeJS.Timeout | undefined;

  constructor(params: FakeWatchParams) {
    this.#params = params;
    this.#from = Number(params.query.get('resourceVersion') ?? params.store.revision);
  }

  start(): void {
    const { response, store, query } = this.#params;
    response.writeHead(200, { 'content-type': 'application/json' });
    response.flushHeaders();
    this.#stop = store.onChange(() => this.#tell());
    this.#timer = setTimeout(() => this.end(), Number(query.get('timeoutSeconds') ?? 300) * 1_000);
    this.#tell();
  }

  bookmark(): void {
    const { path, query, store } = this.#params;
    if (query.get('allowWatchBookmarks') !== 'true') return;
    this.#from = store.revision;
    const { kind } = path.definition;
    this.#write({ type: 'BOOKMARK', object: { kind, metadata: { resourceVersion: String(this.#from) } } });
  }

  /** The beginning of an event whose end never comes. */
  halfEvent(): void {
    if (!this.#params.response.writableEnded)
      this.#params.response.write('{"type":"MODIFIED","object":{"metadata":{"na');
  }

  end(): void {
    this.#stop();
    clearTimeout(this.#timer);
    this.#params.response.end();
  }

  #tell(): void {
    const { store } = this.#params;
    try {
      for (const change of store.changesAfter(this.#from)) {
        this.#from = change.revision;
        this.#tellOne(change);
      }
    } catch (thrown) {
      if (!(thrown instanceof FakeRefusal)) throw thrown;
      const { code, reason, message, causes } = thrown;
      this.#write({ type: 'ERROR', object: { kind: 'Status', code, reason, message, details: { causes } } });
      this.end();
    }
  }

  /** What comes to be chosen is new for the watcher, and what is no longer chosen is gone. */
  #tellOne({ type, group, plural, object, previous }: FakeChange): void {
    const { path, choice } = this.#params;
    if (group !== path.group || plural !== path.plural) return;
    const before = previous !== undefined && choice(previous);
    const now = type !== 'DELETED' && choice(object);
    if (now) this.#write({ type: before ? 'MODIFIED' : 'ADDED', object });
    else if (before) this.#write({ type: 'DELETED', object });
  }

  #write(event: object): void {
    const { response } = this.#params;
    if (response.writableEnded) return;
    const line = `${JSON.stringify(event)}\n`;
    const cut = Math.floor(Math.random() * line.length);
    response.write(line.slice(0, cut));
    response.write(line.slice(cut));
  }
}
