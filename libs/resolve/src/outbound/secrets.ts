import { credentialCaSecretName, credentialSecretName, PrivateText, type SecretIr } from '@malla/ir';
import type { Secret } from '@malla/model';
import type { ProxyView } from '@malla/snapshot';
import { originOf, type Diagnostic } from '../diagnostics.ts';
import type { SliceMemo } from '../memo.ts';

/** The deliverable parts of one Secret. */
interface SecretSlice {
  readonly secrets: readonly SecretIr[];
}

/** A Secret that a DestinationRule or a Gateway names, and the namespace of that object. */
export interface CredentialReference {
  readonly name: string;
  readonly namespace: string;
}

/**
 * Secrets that clusters refer to, from the client's own namespace, sorted by name. What is missing stays missing: such connections fail closed.
 * A rule of a foreign namespace gets none, or whoever writes rules there could hand a namespace's keys to each of its workloads; Istio too takes
 * credentials of sidecars only from rules of their own namespace. The root namespace speaks for the mesh. A router gets what any object names: it serves
 * all namespaces, and the Secrets are its own namespace's alone.
 */
export function takeSecrets(
  memo: SliceMemo,
  view: ProxyView,
  credentials: Iterable<CredentialReference>,
): { secrets: readonly SecretIr[]; diagnostics: Diagnostic[] } {
  const secrets: SecretIr[] = [];
  const diagnostics: Diagnostic[] = [];
  const trusted = [view.scope.namespace, view.snapshot.mesh.rootNamespace];
  const names = new Set<string>();
  for (const { name, namespace } of credentials) {
    if (view.scope.role === 'router' || trusted.includes(namespace)) names.add(name);
    else {
      const message = `a DestinationRule of namespace ${namespace} may not use Secret ${name} of ${view.scope.namespace}`;
      diagnostics.push({ code: 'foreign_credential', message });
    }
  }
  for (const name of [...names].sort()) {
    const [main, ca] = [view.secret(name), view.secret(`${name}-cacert`)];
    const slice = memo.take<SecretSlice>('secret', `${view.scope.namespace}/${name}`, [main, ca], () => ({
      secrets: resolveSecret(name, main, ca),
    }));
    // A credential may have the name of another's CA; names are unique on the wire.
    secrets.push(...slice.secrets.filter((found) => secrets.every((known) => known.name !== found.name)));
    if (slice.secrets.length > 0) continue;
    const origin = main === undefined ? undefined : originOf(main);
    const message = `no usable Secret ${name} in namespace ${view.scope.namespace}`;
    diagnostics.push({ code: 'dangling_credential', message, ...(origin === undefined ? {} : { origin }) });
  }
  return { secrets, diagnostics };
}

/** Keys as Istio reads them. Source: https://istio.io/latest/docs/tasks/traffic-management/egress/egress-tls-origination/ */
function resolveSecret(name: string, main: Secret | undefined, ca: Secret | undefined): SecretIr[] {
  const chainPem = textOf(main, 'tls.crt') ?? textOf(main, 'cert');
  const keyPem = textOf(main, 'tls.key') ?? textOf(main, 'key');
  const caPem = textOf(ca, 'ca.crt') ?? textOf(ca, 'cacert') ?? textOf(main, 'ca.crt') ?? textOf(main, 'cacert');
  return [
    ...(chainPem === undefined || keyPem === undefined
      ? []
      : [
          { kind: 'certificate', name: credentialSecretName(name), chainPem, keyPem: new PrivateText(keyPem) } as const,
        ]),
    ...(caPem === undefined ? [] : [{ kind: 'ca', name: credentialCaSecretName(name), pem: caPem } as const]),
  ];
}

/** A value as text: stringData wins over data, which is base64. */
function textOf(secret: Secret | undefined, key: string): string | undefined {
  const plain = secret?.stringData?.[key];
  if (plain !== undefined) return plain;
  const encoded = secret?.data?.[key];
  return encoded === undefined
    ? undefined
    : new TextDecoder().decode(Uint8Array.from(atob(encoded), (c) => c.charCodeAt(0)));
}
