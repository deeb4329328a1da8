import type { HeaderList } from '@malla/http-codec';
import type { RequestSink } from './request-sink.ts';

/** Request body that waits for a filter's word. */
export class HeldBody {
  bytes = 0;
  ended = false;
  trailers: HeaderList | undefined;
  readonly chunks: Buffer[] = [];

  add(chunk: Buffer, ended: boolean): void {
    if (chunk.length > 0) this.chunks.push(Buffer.from(chunk));
    this.bytes += chunk.length;
    this.ended ||= ended;
  }

  addTrailers(trailers: HeaderList): void {
    this.trailers = trailers;
    this.ended = true;
  }

  /** Hands everything on, as it would have come. */
  flushTo(sink: RequestSink): void {
    const { chunks, trailers } = this;
    const endsWithData = this.ended && trailers === undefined;
    for (let i = 0; i < chunks.length; i++) {
      sink.onRequestData(chunks[i] as Buffer, endsWithData && i === chunks.length - 1);
    }
    if (endsWithData && chunks.length === 0) sink.onRequestData(empty, true);
    if (trailers !== undefined) sink.onRequestTrailers(trailers);
  }
}

const empty = Buffer.alloc(0);
