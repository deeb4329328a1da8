/** Which half of a 64-bit array element is the low one: 0 on little-endian machines. */
const LOW_HALF = new Uint8Array(new Uint32Array([1]).buffer)[0] === 1 ? 0 : 1;
const whole = new BigUint64Array(1);
const halves = new Uint32Array(whole.buffer);

/**
 * A 64-bit unsigned register as two signed 32-bit halves: BigInt arithmetic allocates at each step, this at none. All operations change
 * the register and wrap around.
 */
export class Word64 {
  high = 0;
  low = 0;

  set(high: number, low: number): void {
    this.high = high | 0;
    this.low = low | 0;
  }

  setBigInt(value: bigint): void {
    whole[0] = value;
    this.low = (halves[LOW_HALF] as number) | 0;
    this.high = (halves[1 - LOW_HALF] as number) | 0;
  }

  add(high: number, low: number): void {
    const sum = (this.low >>> 0) + (low >>> 0);
    this.low = sum | 0;
    this.high = (this.high + high + (sum > 0xffffffff ? 1 : 0)) | 0;
  }

  xor(high: number, low: number): void {
    this.high ^= high;
    this.low ^= low;
  }

  multiply(high: number, low: number): void {
    const a = this.low >>> 16;
    const b = this.low & 0xffff;
    const c = low >>> 16;
    const d = low & 0xffff;
    const first = (Math.imul(a, d) >>> 0) + (Math.imul(b, d) >>> 16);
    const second = (Math.imul(b, c) >>> 0) + (first & 0xffff);
    const carry = Math.imul(a, c) + (first >>> 16) + (second >>> 16);
    this.high = (carry + Math.imul(this.high, low) + Math.imul(this.low, high)) | 0;
    this.low = Math.imul(this.low, low);
  }

  /** By 1 to 31 bits. */
  rotateLeft(bits: number): void {
    const high = (this.high << bits) | (this.low >>> (32 - bits));
    this.low = (this.low << bits) | (this.high >>> (32 - bits));
    this.high = high;
  }

  /** `this ^= this >>> bits`, for 1 to 63 bits. */
  xorShiftRight(bits: number): void {
    if (bits < 32) {
      this.low ^= (this.low >>> bits) | (this.high << (32 - bits));
      this.high ^= this.high >>> bits;
    } else {
      this.low ^= this.high >>> (bits - 32);
    }
  }

  /** Remainder by a whole number from 1 to 2^24. */
  modulo(divisor: number): number {
    // Quotients are exact: all values are below 2^40, and a double's fraction resolves 1 / divisor.
    const first = ((this.high >>> 0) % divisor) * 0x10000 + (this.low >>> 16);
    const second = (first - Math.floor(first / divisor) * divisor) * 0x10000 + (this.low & 0xffff);
    return second - Math.floor(second / divisor) * divisor;
  }

  toBigInt(): bigint {
    halves[LOW_HALF] = this.low;
    halves[1 - LOW_HALF] = this.high;
    return whole[0] as bigint;
  }
}
