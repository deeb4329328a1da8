import type { Http2Counters, Http2Options } from '@malla/http-codec';
import type { Http2Config } from '@malla/proxy-config';
import type { Timers } from '../runtime/services.ts';

/** How large heads may be, as codecs of both protocols and both sides are told. */
export function headLimits(maxHeadersKb: number, maxHeaderCount: number) {
  return { maxHeadersBytes: maxHeadersKb * 1024, maxHeaderCount };
}

/** What the configuration says of HTTP/2, which is the same for both sides. */
export function http2Options(
  { maxConcurrentStreams, initialStreamWindowSize, initialConnectionWindowSize, hpackTableSize }: Http2Config,
  timers: Timers,
  counters: Http2Counters | undefined,
): Http2Options {
  return {
    maxConcurrentStreams,
    initialStreamWindowSize,
    initialConnectionWindowSize,
    hpackTableSize,
    now: () => timers.now(),
    ...(counters && { counters }),
  };
}
