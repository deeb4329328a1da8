import type { HeaderList } from '@malla/http-codec';
import type { SpanConfig } from '@malla/proxy-config';
import type { LogFacts } from '../access-log/log-facts.ts';
import type { WorkerServices } from '../runtime/services.ts';
import type { FinishedSpan, SpanAttribute } from './span.ts';
import type { TraceContext } from './trace-context.ts';

/** What the spans of one connection manager are made with. */
export interface SpanMaker {
  readonly config: SpanConfig;
  readonly services: WorkerServices;
  /** 16 digits. */
  spanId(): string;
  /** Tells the next hop. */
  write(headers: HeaderList, context: TraceContext): void;
  /** Those of the configuration. */
  tagsOf(facts: LogFacts): SpanAttribute[];
  take(span: FinishedSpan): void;
}
