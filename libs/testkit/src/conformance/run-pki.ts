import { X509Certificate } from 'node:crypto';
import { TestPki, type TestCertificate } from '../pki/test-pki.ts';

const clientId = 'spiffe://cluster.local/ns/default/sa/outside-client';
const serverId = 'spiffe://cluster.local/ns/default/sa/outside-server';

/** The certificates of one run: the mesh's CA, which also signs for servers outside, and another one that nobody trusts. */
export class RunPki {
  readonly #mesh: TestPki;
  readonly #pems: Readonly<Record<string, string>>;

  private constructor(mesh: TestPki, pems: Readonly<Record<string, string>>) {
    this.#mesh = mesh;
    this.#pems = pems;
  }

  static async create(): Promise<RunPki> {
    const mesh = await TestPki.create();
    const other = await TestPki.create();
    const client = await mesh.issue(clientId);
    const otherClient = await other.issue(clientId);
    const web = await mesh.issue(serverId, ['web.example']);
    const shop = await mesh.issue(serverId, ['shop.example']);
    const pems = {
      ca: mesh.rootPem,
      'other-ca': other.rootPem,
      'client-cert': client.chainPem,
      'client-key': client.keyPem,
      'other-client-cert': otherClient.chainPem,
      'other-client-key': otherClient.keyPem,
      'web-cert': web.chainPem,
      'web-key': web.keyPem,
      'shop-cert': shop.chainPem,
      'shop-key': shop.keyPem,
    };
    return new RunPki(mesh, pems);
  }

  /** PEM by the name that cases use: ca, other-ca, and NAME-cert and NAME-key of client, other-client, web and shop. @throws Error for any other name */
  pem(name: string): string {
    const text = this.#pems[name];
    if (text === undefined) throw new Error(`unknown placeholder ${name}`);
    return text;
  }

  /** SHA-256 of a certificate in hexadecimal, by the name that cases use. */
  hash(name: string): string {
    return new X509Certificate(this.pem(name)).fingerprint256.replaceAll(':', '').toLowerCase();
  }

  /** A workload's certificate. */
  workload(identity: string): Promise<TestCertificate> {
    return this.#mesh.issue(identity);
  }

  /** A server's certificate with a DNS name. */
  server(dnsName: string): Promise<TestCertificate> {
    return this.#mesh.issue(serverId, [dnsName]);
  }
}
