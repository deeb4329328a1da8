import type { DescMessage, Message, MessageShape } from '@bufbuild/protobuf';
import { FieldReader } from './field-reader.ts';
import type { Problem } from '../result.ts';

/** One pass over a resource: its problems, and every reader that was made for a message inside it. */
export class Reading {
  readonly problems: Problem[] = [];
  readonly #readers: FieldReader<Message>[] = [];

  /** Notes why the resource is refused. `path` is the field's in proto names. */
  report(path: string, message: string): void {
    this.problems.push({ path, message });
  }

  /** A reader of a message at a path; the empty path is the resource itself. */
  read<D extends DescMessage>(schema: D, message: MessageShape<D>, path: string): FieldReader<MessageShape<D>> {
    const reader = new FieldReader<MessageShape<D>>(this, schema, message, path);
    this.#readers.push(reader as unknown as FieldReader<Message>);
    return reader;
  }

  /** Reports every field that is set and was not taken. Call it once, at the end. */
  finish(): void {
    for (const reader of this.#readers) reader.reportUntaken();
  }
}
