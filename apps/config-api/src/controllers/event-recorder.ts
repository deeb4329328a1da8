import { createHash } from 'node:crypto';
import { MallaError, type Resource } from '@malla/model';
import { keyText, type ResourceKey, type ResourceMirror } from '@malla/store';
import type { Logger } from 'pino';
import type { WriteContext } from '../resources/commits.ts';
import type { ResourceWrites } from '../resources/resource-writes.ts';
import { timeText } from '../resources/stamp.ts';

/** Something that happened to an object. */
export interface Happening {
  readonly about: Pick<Resource, 'apiVersion' | 'kind' | 'metadata'>;
  readonly type: 'Normal' | 'Warning';
  /** One word, such as `ProxyRejected`. */
  readonly reason: string;
  readonly message: string;
}

export interface EventRecorderParams {
  readonly mirror: ResourceMirror;
  readonly writes: ResourceWrites;
  readonly logger: Logger;
  readonly newId: () => string;
  readonly now: () => Date;
  readonly instance: string;
}

/** As many wait; more are lost, for events are hints. */
const mostWaiting = 200;
/** As many are written at once, and then so many in a second: events must not crowd out what they tell of. */
const burst = 50;
const perSecond = 10;
const longestMessage = 1_024;
const reporter = 'malla.io/config-api';

/**
 * Writes events, one after the other behind the requests. The same thing that happens again is counted in the event that tells of it.
 * https://kubernetes.io/docs/reference/kubernetes-api/cluster-resources/event-v1/
 */
export class EventRecorder {
  readonly #params: EventRecorderParams;
  readonly #waiting = new Map<string, Happening>();
  #running: Promise<void> | undefined;
  #stopped = false;
  #tokens = burst;
  #refilledAt = 0;

  constructor(params: EventRecorderParams) {
    this.#params = params;
  }

  record(happening: Happening): void {
    if (this.#stopped || happening.about.kind === 'Event' || this.#waiting.size >= mostWaiting) return;
    if (!this.#take()) return;
    this.#waiting.set(eventName(happening), happening);
    this.#running ??= this.#run().finally(() => (this.#running = undefined));
  }

  #take(): boolean {
    const now = this.#params.now().getTime();
    const refill = ((now - this.#refilledAt) / 1_000) * perSecond;
    this.#tokens = Math.min(burst, this.#tokens + Math.max(0, refill));
    this.#refilledAt = now;
    if (this.#tokens < 1) return false;
    this.#tokens--;
    return true;
  }

  /** Lets what is being written end; what waits is lost. */
  async stop(): Promise<void> {
    this.#stopped = true;
    this.#waiting.clear();
    await this.#running;
  }

  async #run(): Promise<void> {
    // Not in the turn of the request that tells of it.
    await Promise.resolve();
    for (const [name, happening] of this.#waiting) {
      this.#waiting.delete(name);
      await this.#write(name, happening).catch((thrown: unknown) => {
        const { code, message } = MallaError.from(thrown);
        // The namespace may go, and another replica may have been faster.
        if (!['not_found', 'already_exists', 'conflict', 'permission_denied'].includes(code))
          this.#params.logger.warn({ reason: message, code }, 'Event was not written');
      });
    }
  }

  async #write(name: string, happening: Happening): Promise<void> {
    const { mirror, writes, now, newId, instance } = this.#params;
    const namespace = happening.about.metadata.namespace ?? 'default';
    const key: ResourceKey = { group: '', kind: 'Event', namespace, name };
    const context: WriteContext = { author: reporter, changeId: newId(), dryRun: false, fieldManager: 'config-api' };
    const time = timeText(now());
    if (mirror.get(key) === undefined) {
      await writes.create(eventOf({ happening, name, namespace, time, instance }), context);
      return;
    }
    await writes.patch(key, context, (current) => ({
      ...current,
      count: ((current['count'] as number | undefined) ?? 1) + 1,
      lastTimestamp: time,
    }));
  }
}

function eventOf(params: {
  happening: Happening;
  name: string;
  namespace: string;
  time: string;
  instance: string;
}): Resource {
  const { happening, name, namespace, time, instance } = params;
  const { about, type, reason, message } = happening;
  const { metadata, apiVersion, kind } = about;
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: { name, namespace },
    involvedObject: {
      apiVersion,
      kind,
      name: metadata.name,
      ...(metadata.namespace === undefined ? {} : { namespace: metadata.namespace }),
      ...(metadata.uid === undefined ? {} : { uid: metadata.uid }),
      ...(metadata.resourceVersion === undefined ? {} : { resourceVersion: metadata.resourceVersion }),
    },
    type,
    reason,
    message: message.slice(0, longestMessage),
    source: { component: 'config-api' },
    reportingComponent: reporter,
    reportingInstance: instance,
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
  };
}

/** Equal for the same thing about the same object, in every replica. */
function eventName({ about, type, reason, message }: Happening): string {
  const { namespace = '', name, uid = '' } = about.metadata;
  const text = JSON.stringify([
    keyText({ group: about.apiVersion, kind: about.kind, namespace, name }),
    uid,
    type,
    reason,
    message,
  ]);
  return `${name.slice(0, 200)}.${createHash('sha256').update(text).digest('hex').slice(0, 16)}`;
}
