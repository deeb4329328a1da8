import { MallaError } from '@malla/model';

export interface LinesParams {
  /** The longest silence, in milliseconds. */
  readonly idleMs: number;
  /** The longest line, in bytes. */
  readonly mostBytes: number;
}

/**
 * The lines of a stream, read no faster than they are taken. What follows the last line end is dropped: it is the beginning of a line that
 * never came.
 * @throws MallaError `unavailable` after a silence that is too long, `exhausted` for a line that is too long; whatever the stream throws
 */
export async function* lines(stream: AsyncIterable<Uint8Array>, params: LinesParams): AsyncGenerator<string> {
  const iterator = stream[Symbol.asyncIterator]();
  let rest: Uint8Array[] = [];
  let length = 0;
  try {
    for (;;) {
      const { done, value } = await withIn(iterator.next(), params.idleMs);
      if (done === true) return;
      let from = 0;
      for (let end = value.indexOf(lineEnd); end >= 0; end = value.indexOf(lineEnd, from)) {
        yield Buffer.concat([...rest, value.subarray(from, end)]).toString('utf8');
        rest = [];
        length = 0;
        from = end + 1;
      }
      if (from === value.length) continue;
      rest.push(value.subarray(from));
      length += value.length - from;
      if (length > params.mostBytes)
        throw new MallaError('exhausted', `an event of a watch has more than ${params.mostBytes} bytes`);
    }
  } finally {
    // Not waited for: a stream that is silent does not hear it before its next piece.
    void iterator.return?.()?.catch(() => undefined);
  }
}

const lineEnd = 0x0a;

function withIn<T>(next: Promise<T>, ms: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = (): void => reject(new MallaError('unavailable', `nothing was heard for ${ms} ms`));
    const timer = setTimeout(late, ms);
    next.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
