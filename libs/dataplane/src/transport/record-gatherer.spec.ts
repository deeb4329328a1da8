import { describe, expect, it } from 'vitest';
import { isBorrowed, readBuffer } from './read-buffer.ts';
import { recordGatherer, type RecordReceiver } from './record-gatherer.ts';

const full = 16 * 1024;

class Receiver implements RecordReceiver {
  readonly sizes: number[] = [];
  text = '';
  borrowed = true;

  deliver(bytes: Buffer): void {
    this.sizes.push(bytes.length);
    this.text += bytes.toString('latin1');
    this.borrowed &&= isBorrowed(bytes);
  }
}

/** As if the library had decrypted a record for it. */
function record(receiver: Receiver, size: number, letter: string): string {
  readBuffer.fill(letter, 0, size);
  recordGatherer.take(receiver, size);
  return letter.repeat(size);
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('records of TLS', () => {
  it('that are full wait for what follows them, and go on together', () => {
    const receiver = new Receiver();
    const sent = record(receiver, full, 'a') + record(receiver, full, 'b') + record(receiver, 243, 'c');
    expect(receiver.sizes).toEqual([2 * full + 243]);
    expect(receiver.text).toBe(sent);
    expect(receiver.borrowed).toBe(true);
  });

  it('go on at once when they are not full', () => {
    const receiver = new Receiver();
    record(receiver, 100, 'a');
    record(receiver, full - 1, 'b');
    expect(receiver.sizes).toEqual([100, full - 1]);
  });

  it('wait no longer than for the end of the turn', async () => {
    const receiver = new Receiver();
    record(receiver, full, 'a');
    expect(receiver.sizes).toEqual([]);
    await turn();
    expect(receiver.sizes).toEqual([full]);
    record(receiver, full, 'b');
    await turn();
    expect(receiver.sizes).toEqual([full, full]);
  });

  it('of one connection do not mix with those of another', async () => {
    const [one, other] = [new Receiver(), new Receiver()];
    const first = record(one, full, 'a');
    const others = record(other, full, 'b') + record(other, 5, 'c');
    const second = record(one, full, 'd');
    await turn();
    expect(one.text).toBe(first + second);
    expect(other.text).toBe(others);
  });

  it('go on before there are more of them than a buffer holds', async () => {
    const receiver = new Receiver();
    let sent = '';
    for (let i = 0; i < 20; i++) sent += record(receiver, full, String.fromCharCode(97 + i));
    await turn();
    expect(receiver.text).toBe(sent);
    expect(Math.max(...receiver.sizes)).toBe(readBuffer.length);
  });

  it('are forgotten when nobody wants them any more', async () => {
    const receiver = new Receiver();
    record(receiver, full, 'a');
    recordGatherer.drop(receiver);
    await turn();
    expect(receiver.sizes).toEqual([]);
  });
});
