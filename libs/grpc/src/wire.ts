import {
  create,
  fromBinary,
  toBinary,
  type DescMessage,
  type DescMethod,
  type MessageInitShape,
  type MessageShape,
} from '@bufbuild/protobuf';

/**
 * A message that is to be sent: a whole one, the fields that differ from the defaults, or its encoded bytes.
 * Bytes are passed on as they are, so that one encoding can be shared by many receivers (ADS).
 */
export type Outgoing<D extends DescMessage> = MessageShape<D> | MessageInitShape<D> | Uint8Array;

/** The request path of a method, such as `/malla.ca.v1.TrustBundleService/GetTrustBundle`. */
export function pathOf(method: DescMethod): string {
  return `/${method.parent.typeName}/${method.name}`;
}

/** Encodes a message for the wire. */
export function encoder<D extends DescMessage>(schema: D): (message: Outgoing<D>) => Buffer {
  return (message) => {
    const bytes =
      message instanceof Uint8Array ? message : toBinary(schema, create(schema, message as MessageInitShape<D>));
    return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  };
}

/** Decodes a message from the wire. */
export function decoder<D extends DescMessage>(schema: D): (bytes: Buffer) => MessageShape<D> {
  return (bytes) => fromBinary(schema, bytes);
}
