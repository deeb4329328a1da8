import type { DescEnum, DescExtension, DescFile, DescMessage, DescService, Message } from '@bufbuild/protobuf';
import type {
  GenEnum,
  GenExtension,
  GenFile,
  GenMessage,
  GenService,
  GenServiceMethods,
} from '@bufbuild/protobuf/codegenv2';
import { LazyFile } from './lazy-file.ts';

/*
 * What generated code calls in the place of protobuf-es's functions of the same names (codegenv2): descriptors that are made when they are needed.
 */

/** A file of an encoded FileDescriptorProto. */
export function fileDesc(base64: string, imports: readonly DescFile[] = []): GenFile {
  return new LazyFile(base64, imports);
}

/** The message at an index of the file, and at indexes of nested messages. */
export function messageDesc<Shape extends Message>(file: DescFile, ...path: number[]): GenMessage<Shape> {
  return messageAt(file, path) as unknown as GenMessage<Shape>;
}

export function enumDesc<Shape extends number>(file: DescFile, ...path: number[]): GenEnum<Shape> {
  const index = path.at(-1) as number;
  const enums = path.length === 1 ? file.enums : messageAt(file, path.slice(0, -1)).nestedEnums;
  return enums[index] as DescEnum as GenEnum<Shape>;
}

export function extDesc<Extendee extends Message, Value>(
  file: DescFile,
  ...path: number[]
): GenExtension<Extendee, Value> {
  const index = path.at(-1) as number;
  return lazily(
    () =>
      (path.length === 1 ? file.extensions : messageAt(file, path.slice(0, -1)).nestedExtensions)[
        index
      ] as DescExtension,
  ) as GenExtension<Extendee, Value>;
}

export function serviceDesc<Methods extends GenServiceMethods>(file: DescFile, index: number): GenService<Methods> {
  return lazily(() => file.services[index] as DescService) as unknown as GenService<Methods>;
}

function messageAt(file: DescFile, [first, ...nested]: readonly number[]): DescMessage {
  return nested.reduce(
    (message, index) => message.nestedMessages[index] as DescMessage,
    file.messages[first as number] as DescMessage,
  );
}

/** Stands for an object that is made when it is first looked at. For what is looked at seldom: a proxy is slow. */
function lazily<T extends object>(make: () => T): T {
  return new Proxy({} as T, {
    get: (_, name) => Reflect.get(make(), name),
    has: (_, name) => Reflect.has(make(), name),
    ownKeys: () => Reflect.ownKeys(make()),
    getOwnPropertyDescriptor: (_, name) => Reflect.getOwnPropertyDescriptor(make(), name),
  });
}
