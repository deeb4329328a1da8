import { stringify } from 'yaml';

/** JSON with two spaces, as kubectl prints it. */
export function toJson(value: unknown): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

/** YAML without line folding, so that long values can be copied. */
export function toYaml(value: unknown): string {
  return stringify(value, { lineWidth: 0 });
}
