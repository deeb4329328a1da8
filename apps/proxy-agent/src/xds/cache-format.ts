import { createHmac, timingSafeEqual } from 'node:crypto';
import { create } from '@bufbuild/protobuf';
import { AnySchema } from '@bufbuild/protobuf/wkt';
import type { EncodedResource } from '@malla/protos';
import type { ResourceSet } from '@malla/xds';
import { z } from 'zod';

/** Grows when the form changes; a file of another form is ignored. */
const formatVersion = 1;

const contentSchema = z.strictObject({
  format: z.literal(formatVersion),
  proxy: z.string(),
  types: z.record(z.string(), z.array(z.tuple([z.string(), z.string(), z.base64()]))),
});

/** Writes resources with a code over all of it, so that no change goes unseen. @param proxy what the resources are for */
export function encodeCache(resources: ResourceSet, proxy: string, key: Buffer): string {
  const types = Object.fromEntries(
    [...resources].map(([typeUrl, byName]) => [typeUrl, [...byName.values()].map(entryOf)]),
  );
  const content = JSON.stringify({ format: formatVersion, proxy, types } satisfies z.infer<typeof contentSchema>);
  return `${codeOf(content, key).toString('hex')}\n${content}`;
}

/** What came of reading a cache. */
export type DecodedCache =
  | { readonly ok: true; readonly resources: ResourceSet }
  /** Why it is not used, in words for the log. */
  | { readonly ok: false; readonly reason: string };

/** Reads what {@link encodeCache} wrote, if nothing in it has changed and it is for this proxy. */
export function decodeCache(text: string, proxy: string, key: Buffer): DecodedCache {
  const end = text.indexOf('\n');
  const code = Buffer.from(text.slice(0, Math.max(end, 0)), 'hex');
  const content = text.slice(end + 1);
  const expected = codeOf(content, key);
  if (code.length !== expected.length || !timingSafeEqual(code, expected))
    return { ok: false, reason: 'it was changed or cut short' };
  const parsed = contentSchema.safeParse(JSON.parse(content));
  if (!parsed.success) return { ok: false, reason: 'it has another format' };
  if (parsed.data.proxy !== proxy) return { ok: false, reason: 'it is of a proxy with other settings' };
  return { ok: true, resources: resourcesOf(parsed.data.types) };
}

type Entry = [name: string, version: string, value: string];

function entryOf({ name, version, any }: EncodedResource): Entry {
  return [name, version, Buffer.from(any.value).toString('base64')];
}

function resourcesOf(types: Readonly<Record<string, readonly Entry[]>>): ResourceSet {
  return new Map(
    Object.entries(types).map(([typeUrl, entries]) => [
      typeUrl,
      new Map(entries.map(([name, version, value]) => [name, resourceOf(typeUrl, name, version, value)])),
    ]),
  );
}

function resourceOf(typeUrl: string, ...[name, version, base64]: Entry): EncodedResource {
  const value = Uint8Array.from(Buffer.from(base64, 'base64'));
  return { name, typeUrl, version, any: create(AnySchema, { typeUrl, value }) };
}

function codeOf(content: string, key: Buffer): Buffer {
  return createHmac('sha256', key).update(content).digest();
}
