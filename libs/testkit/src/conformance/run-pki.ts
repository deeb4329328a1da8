import { TestPki, type TestCertificate } from '../pki/test-pki.ts';

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
    const client = await mesh.issue('spiffe://cluster.local/ns/default/sa/outside-client');
    const pems = {
      ca: mesh.rootPem,
      'other-ca': other.rootPem,
      'client-cert': client.chainPem,
      'client-key': client.keyPem,
    };
    return new RunPki(mesh, pems);
  }

  /** PEM by the name that cases use: ca, other-ca, client-cert, client-key. @throws Error for any other name */
  pem(name: string): string {
    const text = this.#pems[name];
    if (text === undefined) throw new Error(`unknown placeholder ${name}`);
    return text;
  }

  /** A workload's certificate. */
  workload(identity: string): Promise<TestCertificate> {
    return this.#mesh.issue(identity);
  }

  /** A server's certificate with a DNS name. */
  server(dnsName: string): Promise<TestCertificate> {
    return this.#mesh.issue('spiffe://cluster.local/ns/default/sa/outside-server', [dnsName]);
  }
}
