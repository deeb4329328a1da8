import { appliedCopyAnnotation, findKind, type Resource } from '@malla/model';
import { keyText, type ResourceKey } from '@malla/store';
import type { SecretCipher } from './secret-cipher.ts';

/** Where the sealed part stands in the stored text. No Kubernetes field begins with `$`. */
const sealedField = '$sealed';
/** Where the copy that `kubectl apply` keeps in an annotation stands inside the sealed part. */
const copyField = '$applied';

/** Turns objects into the text of a row and back; the secret fields of a kind never reach the database in clear. */
export class ObjectCodec {
  readonly #cipher: SecretCipher;
  readonly #meshId: string;

  constructor(cipher: SecretCipher, meshId: string) {
    this.#cipher = cipher;
    this.#meshId = meshId;
  }

  encode(key: ResourceKey, object: Resource): string {
    const secretFields = secretFieldsOf(key);
    if (secretFields.length === 0) return JSON.stringify(object);
    const open: Record<string, unknown> = { ...object };
    const secret: Record<string, unknown> = {};
    for (const field of secretFields.filter((each) => open[each] !== undefined)) {
      secret[field] = open[field];
      delete open[field];
    }
    const { [appliedCopyAnnotation]: copy, ...annotations } = object.metadata.annotations ?? {};
    if (copy !== undefined) {
      secret[copyField] = copy;
      open['metadata'] = { ...object.metadata, annotations };
    }
    if (Object.keys(secret).length === 0) return JSON.stringify(object);
    return JSON.stringify({ ...open, [sealedField]: this.#cipher.seal(JSON.stringify(secret), this.#context(key)) });
  }

  /** False for a text whose sealed part another key than the present one has made. */
  isCurrent(key: ResourceKey, text: string): boolean {
    const sealed = (JSON.parse(text) as Record<string, unknown>)[sealedField];
    return typeof sealed !== 'string' || this.#cipher.isCurrent(sealed, this.#context(key));
  }

  decode(key: ResourceKey, text: string): Resource {
    const parsed = JSON.parse(text) as Record<string, unknown>;
    const sealed = parsed[sealedField];
    if (typeof sealed !== 'string') return parsed as Resource;
    delete parsed[sealedField];
    const { [copyField]: copy, ...secret } = JSON.parse(this.#cipher.open(sealed, this.#context(key))) as {
      [copyField]?: string;
    };
    const object = { ...parsed, ...secret } as unknown as Resource;
    if (copy === undefined) return object;
    const annotations = { ...object.metadata.annotations, [appliedCopyAnnotation]: copy };
    return { ...object, metadata: { ...object.metadata, annotations } };
  }

  #context(key: ResourceKey): string {
    return `${this.#meshId}/${keyText(key)}`;
  }
}

/** Paths of secret values are top-level fields today; a deeper path seals the field that holds it. */
function secretFieldsOf(key: ResourceKey): string[] {
  return (findKind(key.group, key.kind)?.secretPaths ?? []).map((path) => path.split('.')[0] as string);
}
