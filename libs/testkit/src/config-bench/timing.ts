/**
 * Milliseconds of CPU of repeated runs, of all threads of the process, the least first. On a machine without other work the time of the clock
 * is about the same, and less where the garbage collector has a core of its own.
 */
export function timesOf(rounds: number, run: () => void): number[] {
  const times = Array.from({ length: rounds }, () => {
    const start = process.cpuUsage();
    run();
    const { user, system } = process.cpuUsage(start);
    return (user + system) / 1000;
  });
  return times.toSorted((a, b) => a - b);
}

/** The middle value of sorted ones. */
export function median(sorted: readonly number[]): number {
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** The exponent by which y grows with x, by least squares over the logarithms: 1 is linear, 2 quadratic. */
export function growth(points: readonly { readonly x: number; readonly y: number }[]): number {
  const logs = points.map(({ x, y }) => ({ x: Math.log(x), y: Math.log(y) }));
  const mean = (pick: 'x' | 'y') => logs.reduce((sum, each) => sum + each[pick], 0) / logs.length;
  const [mx, my] = [mean('x'), mean('y')];
  const covariance = logs.reduce((sum, { x, y }) => sum + (x - mx) * (y - my), 0);
  return covariance / logs.reduce((sum, { x }) => sum + (x - mx) ** 2, 0);
}

/** A number for tables: three digits, thousands apart. */
export function rounded(value: number): string {
  const digits = value >= 100 ? 0 : value >= 10 ? 1 : 2;
  return value.toLocaleString('en-US', { maximumFractionDigits: digits, minimumFractionDigits: digits });
}
