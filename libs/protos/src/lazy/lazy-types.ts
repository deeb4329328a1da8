import type { DescEnum, DescExtension, DescFile, DescMessage } from '@bufbuild/protobuf';
import type { MessageOutline } from './outline.ts';

/** What protobuf-es has made of a file, by the names of types. */
export interface MadeFile {
  readonly file: DescFile;
  readonly messages: ReadonlyMap<string, DescMessage>;
  readonly enums: ReadonlyMap<string, DescEnum>;
}

/** A file that is made when it is needed. */
export interface MakeableFile extends DescFile {
  readonly made: MadeFile;
}

interface Place {
  readonly file: MakeableFile;
  readonly parent: LazyMessage | undefined;
  /** Of the type's name: package and messages around it, with a dot at the end. */
  readonly prefix: string;
}

/** A message's descriptor: its names, and what protobuf-es makes of its file when it is needed. */
export class LazyMessage implements DescMessage {
  readonly kind = 'message';
  readonly file: DescFile;
  readonly parent: LazyMessage | undefined;
  readonly name: string;
  readonly typeName: string;
  readonly nestedMessages: LazyMessage[];
  readonly nestedEnums: LazyEnum[];
  readonly #file: MakeableFile;
  readonly #hasExtensions: boolean;
  #made: DescMessage | undefined;

  constructor({ file, parent, prefix, outline }: Place & { readonly outline: MessageOutline }) {
    const { name, messages, enums, hasExtensions } = outline;
    this.file = file;
    this.parent = parent;
    this.name = name;
    this.typeName = prefix + name;
    this.#file = file;
    this.#hasExtensions = hasExtensions;
    const inside = { file, parent: this, prefix: `${this.typeName}.` };
    this.nestedMessages = messages.map((each) => new LazyMessage({ ...inside, outline: each }));
    this.nestedEnums = enums.map((each) => new LazyEnum({ ...inside, name: each }));
  }

  get proto(): DescMessage['proto'] {
    return this.#desc.proto;
  }

  get deprecated(): boolean {
    return this.#desc.deprecated;
  }

  get fields(): DescMessage['fields'] {
    return this.#desc.fields;
  }

  get field(): DescMessage['field'] {
    return this.#desc.field;
  }

  get oneofs(): DescMessage['oneofs'] {
    return this.#desc.oneofs;
  }

  get members(): DescMessage['members'] {
    return this.#desc.members;
  }

  get nestedExtensions(): DescExtension[] {
    return this.#hasExtensions ? this.#desc.nestedExtensions : [];
  }

  toString(): string {
    return `message ${this.typeName}`;
  }

  get #desc(): DescMessage {
    this.#made ??= this.#file.made.messages.get(this.typeName) as DescMessage;
    return this.#made;
  }
}

/** An enumeration's descriptor, as lazy. */
export class LazyEnum implements DescEnum {
  readonly kind = 'enum';
  readonly file: DescFile;
  readonly parent: LazyMessage | undefined;
  readonly name: string;
  readonly typeName: string;
  readonly #file: MakeableFile;
  #made: DescEnum | undefined;

  constructor({ file, parent, prefix, name }: Place & { readonly name: string }) {
    this.file = file;
    this.parent = parent;
    this.name = name;
    this.typeName = prefix + name;
    this.#file = file;
  }

  get proto(): DescEnum['proto'] {
    return this.#desc.proto;
  }

  get deprecated(): boolean {
    return this.#desc.deprecated;
  }

  get open(): boolean {
    return this.#desc.open;
  }

  get values(): DescEnum['values'] {
    return this.#desc.values;
  }

  get value(): DescEnum['value'] {
    return this.#desc.value;
  }

  get sharedPrefix(): DescEnum['sharedPrefix'] {
    return this.#desc.sharedPrefix;
  }

  toString(): string {
    return `enum ${this.typeName}`;
  }

  get #desc(): DescEnum {
    this.#made ??= this.#file.made.enums.get(this.typeName) as DescEnum;
    return this.#made;
  }
}
