import { didYouMean } from '@malla/model';
import { complaint, quoted, type Complaint } from './complaint.ts';

/** What a port speaks, as far as rules tell apart. */
export interface Protocol {
  readonly name: string;
  /** HTTP in plain text, gRPC included. */
  readonly http: boolean;
  /** TLS, HTTPS included. */
  readonly tls: boolean;
  /** A stream of bytes that is not looked into as HTTP. */
  readonly tcp: boolean;
}

const known: readonly (readonly [name: string, traits: string])[] = [
  ['TCP', 'tcp'],
  ['UDP', ''],
  ['GRPC', 'http'],
  ['GRPC-WEB', 'http'],
  ['HTTP', 'http'],
  ['HTTP_PROXY', 'http'],
  ['HTTP2', 'http'],
  ['HTTPS', 'tls tcp'],
  ['TLS', 'tls tcp'],
  ['MONGO', 'tcp'],
  ['REDIS', 'tcp'],
  ['MYSQL', 'tcp'],
];

const protocols: ReadonlyMap<string, Protocol> = new Map(
  known.map(([name, traits]) => {
    const has = (trait: string) => traits.split(' ').includes(trait);
    return [name, { name, http: has('http'), tls: has('tls'), tcp: has('tcp') }];
  }),
);

const names = [...protocols.keys()];

/** The protocol of a name in any case, or undefined. Source: Istio pkg/config/protocol. */
export function findProtocol(name: string): Protocol | undefined {
  return protocols.get(name.toUpperCase());
}

/** What is wrong with the name of a protocol, or undefined. */
export function protocolProblem(name: string): Complaint | undefined {
  return findProtocol(name) === undefined
    ? complaint(`is not a known protocol: ${quoted(name)}`, didYouMean(name, names) ?? `known: ${names.join(', ')}`)
    : undefined;
}
