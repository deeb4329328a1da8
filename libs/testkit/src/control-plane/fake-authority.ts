import { GrpcServer, SettableIdentity, serverCredentials, type IdentityMaterial } from '@malla/grpc';
import { MallaError } from '@malla/model';
import { createLogger } from '@malla/observability';
import {
  certificatesPem,
  createIssuer,
  createRoot,
  generateKey,
  issueLeaf,
  parseCsr,
  privateKeyPem,
  type Authority,
} from '@malla/pki';
import { IstioCertificateService } from '@malla/protos/gen/istio/v1/auth/ca_pb';
import { TrustBundleService } from '@malla/protos/gen/malla/ca/v1/ca_pb';
import { controlPlaneId, type ControlPlaneService } from '@malla/spiffe';

const hourMs = 3_600_000;
const trustDomain = 'cluster.local';

/** A certificate authority for specs: certifies what a request names for any token, and by certificate. */
export class FakeAuthority {
  /** Life of the certificates that it issues from now on, in milliseconds. */
  ttlMs = hourMs;
  /** Certificates issued to callers so far. */
  issued = 0;
  /** Where it listens on 127.0.0.1. */
  port = 0;
  readonly rootPem: string;
  readonly #issuer: Authority;
  #server: GrpcServer | undefined;

  private constructor(root: Authority, issuer: Authority) {
    this.rootPem = certificatesPem(root.certificate);
    this.#issuer = issuer;
  }

  static async create(): Promise<FakeAuthority> {
    const span = { trustDomain, now: Date.now(), ttlMs: 24 * hourMs };
    const root = await createRoot({ ...span, key: await generateKey() });
    return new FakeAuthority(root, await createIssuer({ ...span, key: await generateKey(), root }));
  }

  /** Server credentials of one of Malla's services. */
  async identityOf(service: ControlPlaneService): Promise<SettableIdentity> {
    const key = await generateKey();
    const spiffeId = controlPlaneId(service, trustDomain);
    const leaf = await issueLeaf({ issuer: this.#issuer, spki: key.spki, spiffeId, now: Date.now(), ttlMs: hourMs });
    const material: IdentityMaterial = {
      spiffeId,
      certificateChain: certificatesPem(leaf, this.#issuer.certificate),
      privateKey: privateKeyPem(key.privateKey),
      roots: this.rootPem,
      notAfter: leaf.notAfter,
    };
    return new SettableIdentity(material);
  }

  async start(): Promise<void> {
    const logger = createLogger({ service: 'fake-authority', level: 'silent' });
    const bundle = { trustDomain, roots: [this.rootPem], sequence: 1n };
    this.#server = new GrpcServer({ name: 'the fake authority', logger })
      .add(IstioCertificateService, {
        createCertificate: async ({ csr }, call) => {
          if (call.peer === undefined && call.metadata.get('authorization').length === 0) {
            throw new MallaError('unauthenticated', 'no token and no certificate');
          }
          return { certChain: await this.#certify(csr) };
        },
      })
      .add(TrustBundleService, {
        getTrustBundle: () => bundle,
        async watchTrustBundle(_request, stream) {
          stream.send(bundle);
          await new Promise<void>((resolve) => stream.signal.addEventListener('abort', () => resolve()));
        },
      });
    const credentials = serverCredentials(await this.identityOf('certificate-authority'), 'optional');
    this.port = await this.#server.listen({ host: '127.0.0.1', port: this.port, credentials, setting: 'none' });
  }

  async stop(): Promise<void> {
    await this.#server?.close(100);
  }

  async #certify(pem: string): Promise<string[]> {
    const csr = parseCsr(pem);
    const spiffeId = csr.ok ? csr.value.requested.altNames.uris[0] : undefined;
    if (!csr.ok || spiffeId === undefined) throw new MallaError('invalid', 'a bad request');
    const { spki } = csr.value.key;
    const { dnsNames, ipAddresses } = csr.value.requested.altNames;
    const span = { now: Date.now(), ttlMs: this.ttlMs };
    const leaf = await issueLeaf({ issuer: this.#issuer, spki, spiffeId, dnsNames, ipAddresses, ...span });
    this.issued++;
    return [certificatesPem(leaf), certificatesPem(this.#issuer.certificate), this.rootPem];
  }
}
