import type { FieldPath } from '@malla/model';
import type { Findings } from '../findings.ts';
import { quoted } from '../values/complaint.ts';

/** Parts of Envoy's configuration that say by name what they are, and by a message of a type how it is configured. */
const extensions = new Set(['HTTP_FILTER', 'NETWORK_FILTER', 'LISTENER_FILTER', 'EXTENSION_CONFIG']);
const extensionFields = new Set(['transport_socket', 'transportSocket']);

const typeUrl = /^[^/\s]+\/[A-Za-z_][\w]*(\.[A-Za-z_][\w]*)+$/;

/**
 * Checks what stands in a patch, as far as no protobuf schema is needed: messages of any type say their type, and it is not one of an API
 * that Envoy no longer has. Proxies check the rest. Source: Istio pkg/config/validation/envoyfilter.
 */
export function checkPatchValue(findings: Findings, path: FieldPath, value: unknown, applyTo: string): void {
  if (!isObject(value)) return;
  if (extensions.has(applyTo)) warnOfMissingType(findings, path, value);
  walk(findings, path, value);
}

const isObject = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

function walk(findings: Findings, path: FieldPath, value: unknown): void {
  if (Array.isArray(value)) for (const [i, item] of value.entries()) walk(findings, [...path, i], item);
  if (!isObject(value)) return;
  for (const [key, child] of Object.entries(value)) {
    const at = [...path, key];
    if (key === 'typed_config' || key === 'typedConfig') checkAny(findings, at, child);
    if (extensionFields.has(key) && isObject(child)) warnOfMissingType(findings, at, child);
    // What is in it is data of a type that only the extension knows.
    if (!isObject(child) || !String(child['@type']).endsWith('.TypedStruct')) walk(findings, at, child);
  }
}

function checkAny(findings: Findings, path: FieldPath, value: unknown): void {
  const hint = 'write "@type": type.googleapis.com/envoy.extensions....v3.NAME';
  if (!isObject(value)) return findings.error(path, 'must be an object with "@type"', hint);
  const type = value['@type'];
  if (type === undefined) return findings.error([...path, '@type'], 'is required', hint);
  if (typeof type !== 'string' || !typeUrl.test(type))
    findings.error([...path, '@type'], `is not the type of a message: ${quoted(String(type))}`, hint);
  else if (/\.v2(alpha\d*)?\./.test(type))
    findings.error([...path, '@type'], `is of an API that Envoy no longer has: ${quoted(type)}`, 'use its v3 API');
}

function warnOfMissingType(findings: Findings, path: FieldPath, value: Readonly<Record<string, unknown>>): void {
  const fields = ['typed_config', 'typedConfig', 'config_discovery', 'configDiscovery'];
  if (!fields.some((field) => field in value))
    findings.warning(
      path,
      'is found by its name alone, which proxies will not do any more',
      'give typed_config with "@type"',
    );
}
