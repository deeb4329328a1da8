/** A header value without Envoy's commands: `%%` is the sign itself. */
export function plainHeaderText(value: string, tell: (problem: string) => void): string {
  if (value.replaceAll('%%', '').includes('%')) tell(`commands are not supported in ${JSON.stringify(value)}`);
  return value.replaceAll('%%', '%');
}
