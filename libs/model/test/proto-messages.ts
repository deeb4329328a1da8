/** A field of a protobuf message, by its name in JSON. */
export interface ProtoField {
  readonly json: string;
  /** Type as written, such as `string`, `google.protobuf.Duration` or `LabelSelector`. */
  readonly type: string;
  readonly list: boolean;
  /** Type of the values, for a map. */
  readonly mapOf?: string;
  readonly required: boolean;
  /** The oneof that it is a variant of. */
  readonly oneof?: string;
}

/** Messages and enums of .proto files by full name without the package, such as `MeshConfig.CA`. */
export interface ProtoTypes {
  readonly messages: ReadonlyMap<string, readonly ProtoField[]>;
  readonly enums: ReadonlyMap<string, readonly string[]>;
}

const token =
  /^(?:(message|enum|oneof)\s+(\w+)\s*\{|\}|(?:reserved|option|package|syntax|import)\b[^;]*;|(repeated\s+)?(map\s*<\s*\w+\s*,\s*([\w.]+)\s*>|[\w.]+)\s+(\w+)\s*=\s*\d+\s*(\[[^\]]*\])?\s*;|(\w+)\s*=\s*-?\d+\s*(?:\[[^\]]*\])?\s*;)/;

/** Reads what is needed of proto3: messages, enums and oneofs, nested or not. Throws on anything else. */
export function readProto(text: string): ProtoTypes {
  const messages = new Map<string, ProtoField[]>();
  const enums = new Map<string, string[]>();
  const open: { readonly kind: string; readonly name: string }[] = [];
  let rest = withoutComments(text).trim();
  while (rest !== '') {
    const found = token.exec(rest);
    if (found === null) throw new Error(`no protobuf: ${rest.slice(0, 80)}`);
    const [all, block, blockName, repeated, type, mapOf, field, options, value] = found;
    const path = open.filter((b) => b.kind !== 'oneof').map((b) => b.name);
    if (block !== undefined && blockName !== undefined) {
      open.push({ kind: block, name: blockName });
      if (block === 'message') messages.set([...path, blockName].join('.'), []);
      if (block === 'enum') enums.set([...path, blockName].join('.'), []);
    } else if (all === '}') {
      open.pop();
    } else if (field !== undefined && type !== undefined) {
      const inside = open.at(-1);
      messages.get(path.join('.'))?.push({
        json: jsonName(field),
        type,
        list: repeated !== undefined,
        required: options?.includes('REQUIRED') ?? false,
        ...(mapOf === undefined ? {} : { mapOf }),
        ...(inside?.kind === 'oneof' ? { oneof: inside.name } : {}),
      });
    } else if (value !== undefined) {
      enums.get(path.join('.'))?.push(value);
    }
    rest = rest.slice(all.length).trimStart();
  }
  return { messages, enums };
}

/** Source: https://protobuf.dev/programming-guides/json/#field-names */
function jsonName(name: string): string {
  return name.replaceAll(/_([a-zA-Z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

function withoutComments(text: string): string {
  return text.replaceAll(/\/\*[\s\S]*?\*\//g, '').replaceAll(/\/\/[^\n]*/g, '');
}
