import type { DescEnum, DescExtension, DescField, DescFile, DescMessage, DescService } from '@bufbuild/protobuf';
import { fileDesc } from '@bufbuild/protobuf/codegenv2';
import { base64Decode } from '@bufbuild/protobuf/wire';
import { LazyEnum, LazyMessage, type MadeFile, type MakeableFile } from './lazy-types.ts';
import { outlineOf } from './outline.ts';

/**
 * A file's descriptor. Names of what is in it are there at once, all else is made by protobuf-es when something is first looked at that is no name:
 * most programs use few of the files that they import, and descriptors are large (1,000 fields: 1 MB and 20 ms).
 * Messages and enumerations are the same objects before and after, wherever they are met: compiled encoders are kept by them.
 */
export class LazyFile implements MakeableFile {
  readonly kind = 'file';
  readonly name: string;
  readonly messages: LazyMessage[];
  readonly enums: LazyEnum[];
  readonly dependencies: DescFile[];
  readonly #base64: string;
  readonly #fileName: string;
  readonly #hasExtensions: boolean;
  readonly #hasServices: boolean;
  #made: MadeFile | undefined;

  constructor(base64: string, imports: readonly DescFile[]) {
    const outline = outlineOf(base64Decode(base64));
    const prefix = outline.package === '' ? '' : `${outline.package}.`;
    this.name = outline.name.replace(/\.proto$/, '');
    this.messages = outline.messages.map(
      (message) => new LazyMessage({ file: this, parent: undefined, prefix, outline: message }),
    );
    this.enums = outline.enums.map((name) => new LazyEnum({ file: this, parent: undefined, prefix, name }));
    this.dependencies = [...imports];
    this.#base64 = base64;
    this.#fileName = outline.name;
    this.#hasExtensions = outline.hasExtensions;
    this.#hasServices = outline.hasServices;
  }

  get proto(): DescFile['proto'] {
    return this.made.file.proto;
  }

  get edition(): DescFile['edition'] {
    return this.made.file.edition;
  }

  get deprecated(): boolean {
    return this.made.file.deprecated;
  }

  get extensions(): DescExtension[] {
    return this.#hasExtensions ? this.made.file.extensions : [];
  }

  get services(): DescService[] {
    return this.#hasServices ? this.made.file.services : [];
  }

  /** The descriptors that protobuf-es makes. */
  get made(): MadeFile {
    this.#made ??= makeFile(this, this.#base64);
    return this.#made;
  }

  /** What a file that imports this one must know of it: its types by their names. */
  get importable(): DescFile {
    const { kind, name, messages, enums } = this;
    const proto = { name: this.#fileName } as DescFile['proto'];
    return { kind, name, messages, enums, proto, dependencies: [], extensions: [], services: [] } as never;
  }

  toString(): string {
    return `file ${this.#fileName}`;
  }
}

function makeFile(lazy: LazyFile, base64: string): MadeFile {
  const imports = lazy.dependencies.map((each) => (each instanceof LazyFile ? each.importable : each));
  const file = fileDesc(base64, imports);
  const messages = new Map<string, DescMessage>();
  const enums = new Map<string, DescEnum>();
  const own = new Map<DescMessage | DescEnum, LazyMessage | LazyEnum>();
  const pair = (
    lazies: { readonly messages: readonly LazyMessage[]; readonly enums: readonly LazyEnum[] },
    made: { readonly messages: readonly DescMessage[]; readonly enums: readonly DescEnum[] },
  ): void => {
    made.enums.forEach((each, index) => {
      enums.set(each.typeName, each);
      own.set(each, lazies.enums[index] as LazyEnum);
    });
    made.messages.forEach((each, index) => {
      const message = lazies.messages[index] as LazyMessage;
      messages.set(each.typeName, each);
      own.set(each, message);
      pair(
        { messages: message.nestedMessages, enums: message.nestedEnums },
        { messages: each.nestedMessages, enums: each.nestedEnums },
      );
    });
  };
  pair(lazy, file);
  const replace = linker(lazy, own);
  for (const message of messages.values()) {
    message.fields.forEach(replace);
    message.oneofs.forEach(replace);
    message.nestedExtensions.forEach(replace);
  }
  for (const each of enums.values()) each.values.forEach(replace);
  file.extensions.forEach(replace);
  for (const service of file.services) {
    replace(service);
    service.methods.forEach(replace);
  }
  return { file, messages, enums };
}

/** Properties of descriptors that lead to messages, enumerations and files. */
type Links = { -readonly [K in 'message' | 'enum' | 'parent' | 'extendee' | 'input' | 'output' | 'file']?: unknown };
const links = ['message', 'enum', 'parent', 'extendee', 'input', 'output'] as const;

/** Puts lazy descriptors in the place of those that protobuf-es has made. */
function linker(
  file: LazyFile,
  own: ReadonlyMap<unknown, LazyMessage | LazyEnum>,
): (made: object | DescField | DescService) => void {
  return (made) => {
    const linked = made as Links;
    for (const name of links) {
      const lazy = own.get(linked[name]);
      if (lazy !== undefined) linked[name] = lazy;
    }
    if (linked.file !== undefined) linked.file = file;
  };
}
