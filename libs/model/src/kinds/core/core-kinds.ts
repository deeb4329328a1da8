import { defineKind, statusSchema, type KindDefinition, type Typed } from '../kind-definition.ts';
import { secretFields } from './secret.ts';
import { serviceSpecSchema, type ServiceSpec } from './service.ts';

/** Kinds of Kubernetes itself, as far as the mesh reads them. */
export const coreKinds: readonly KindDefinition[] = [
  defineKind({
    group: '',
    kind: 'Namespace',
    plural: 'namespaces',
    shortNames: ['ns'],
    versions: ['v1'],
    namespaced: false,
    payload: { status: statusSchema },
    source: 'https://kubernetes.io/docs/concepts/overview/working-with-objects/namespaces/',
  }),
  defineKind({
    group: '',
    kind: 'Service',
    plural: 'services',
    shortNames: ['svc'],
    versions: ['v1'],
    payload: { spec: serviceSpecSchema, status: statusSchema },
    source: 'https://kubernetes.io/docs/concepts/services-networking/service/',
  }),
  defineKind({
    group: '',
    kind: 'Secret',
    plural: 'secrets',
    versions: ['v1'],
    payload: secretFields,
    secretPaths: ['data', 'stringData'],
    source: 'https://kubernetes.io/docs/concepts/configuration/secret/',
  }),
];

export type Namespace = Omit<Typed<'', 'Namespace', never>, 'spec'>;
export type Service = Typed<'', 'Service', ServiceSpec>;
export type Secret = Omit<Typed<'', 'Secret', never>, 'spec'> & {
  readonly type?: 'Opaque' | 'kubernetes.io/tls';
  readonly data?: Readonly<Record<string, string>>;
  readonly stringData?: Readonly<Record<string, string>>;
  readonly immutable?: boolean;
};

/** Any object of a core kind. */
export type CoreResource = Namespace | Service | Secret;
