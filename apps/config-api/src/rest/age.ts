/** As kubectl writes ages: 45s, 5m, 3h, 2d. */
export function ageText(since: string | null | undefined, now: number): string {
  const began = Date.parse(since ?? '');
  if (Number.isNaN(began)) return '<unknown>';
  const seconds = Math.max(0, Math.floor((now - began) / 1_000));
  if (seconds < 120) return `${seconds}s`;
  if (seconds < 2 * 3_600) return `${Math.floor(seconds / 60)}m`;
  if (seconds < 2 * 86_400) return `${Math.floor(seconds / 3_600)}h`;
  return `${Math.floor(seconds / 86_400)}d`;
}
