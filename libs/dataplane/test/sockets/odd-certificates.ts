import { createPrivateKey, generateKeyPairSync, randomBytes, sign, type KeyObject } from 'node:crypto';

/** What a certificate of a test says; the defaults make a good leaf of an hour. */
export interface OddCertificateParams {
  readonly uris?: readonly string[];
  readonly dnsNames?: readonly string[];
  readonly commonName?: string;
  /** `may-sign`: with the key usage of a leaf besides. */
  readonly ca?: boolean | 'may-sign';
  readonly notBefore?: number;
  readonly notAfter?: number;
  /** Default: client and server. */
  readonly usages?: readonly ('client' | 'server' | 'code-signing')[];
  readonly unknownCritical?: boolean;
  readonly key?: 'ec' | 'rsa';
}

export interface OddCertificate {
  readonly certPem: string;
  readonly keyPem: string;
}

const hourMs = 3_600_000;

/** Makes certificates of all kinds, also bad ones, for tests of their verification. */
export class OddAuthority {
  readonly certPem: string;
  readonly #key: KeyObject;
  readonly #name: string;

  /** Signed by `issuer`, or by itself. */
  constructor(name = 'odd root', issuer?: OddAuthority) {
    this.#name = name;
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    this.#key = privateKey;
    this.certPem = pem((issuer ?? this).#certificate(publicKey, { ca: true, commonName: name, usages: [] }));
  }

  issue(params: OddCertificateParams): OddCertificate {
    const { privateKey, publicKey } = keyPair(params.key ?? 'ec');
    return {
      certPem: pem(this.#certificate(publicKey, params)),
      keyPem: createPrivateKey(privateKey.export({ type: 'pkcs8', format: 'pem' }))
        .export({ type: 'pkcs8', format: 'pem' })
        .toString(),
    };
  }

  #certificate(publicKey: KeyObject, params: OddCertificateParams): Buffer {
    const { notBefore = Date.now() - 60_000, notAfter = Date.now() + hourMs } = params;
    const tbs = seq(
      tagged(0xa0, integer(Buffer.of(2))),
      integer(Buffer.concat([Buffer.of(1), randomBytes(8)])),
      seq(oid('1.2.840.10045.4.3.2')),
      name(this.#name),
      seq(time(notBefore), time(notAfter)),
      params.commonName === undefined ? seq() : name(params.commonName),
      publicKey.export({ type: 'spki', format: 'der' }),
      tagged(0xa3, seq(...extensionsOf(params))),
    );
    const signature = sign('sha256', tbs, this.#key);
    return seq(tbs, seq(oid('1.2.840.10045.4.3.2')), tagged(0x03, Buffer.concat([Buffer.of(0), signature])));
  }
}

const usageOids = { server: '1.3.6.1.5.5.7.3.1', client: '1.3.6.1.5.5.7.3.2', 'code-signing': '1.3.6.1.5.5.7.3.3' };

function extensionsOf(params: OddCertificateParams): Buffer[] {
  const { uris = [], dnsNames = [], usages = ['client', 'server'], ca = false } = params;
  const names = [
    ...uris.map((uri) => tagged(0x86, Buffer.from(uri, 'latin1'))),
    ...dnsNames.map((dns) => tagged(0x82, Buffer.from(dns, 'latin1'))),
  ];
  return [
    extension('2.5.29.19', true, ca !== false ? seq(tagged(0x01, Buffer.of(0xff))) : seq()),
    ...(ca !== false
      ? [extension('2.5.29.15', true, tagged(0x03, ca === true ? Buffer.of(1, 0x06) : Buffer.of(1, 0x86)))]
      : []),
    ...(usages.length > 0 ? [extension('2.5.29.37', false, seq(...usages.map((usage) => oid(usageOids[usage]))))] : []),
    ...(names.length > 0 ? [extension('2.5.29.17', false, seq(...names))] : []),
    ...(params.unknownCritical === true ? [extension('1.3.6.1.4.1.99999.1', true, tagged(0x05, Buffer.alloc(0)))] : []),
  ];
}

function keyPair(kind: NonNullable<OddCertificateParams['key']>): { privateKey: KeyObject; publicKey: KeyObject } {
  if (kind === 'ec') return generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return generateKeyPairSync('rsa', { modulusLength: 2_048 });
}

function extension(id: string, critical: boolean, value: Buffer): Buffer {
  return seq(oid(id), ...(critical ? [tagged(0x01, Buffer.of(0xff))] : []), tagged(0x04, value));
}

function name(commonName: string): Buffer {
  return seq(tagged(0x31, seq(oid('2.5.4.3'), tagged(0x0c, Buffer.from(commonName)))));
}

function time(ms: number): Buffer {
  const text = new Date(ms).toISOString().replaceAll(/[-:T]|\.\d+/g, '');
  return tagged(0x18, Buffer.from(text));
}

function integer(bytes: Buffer): Buffer {
  return tagged(0x02, bytes);
}

function oid(text: string): Buffer {
  const [first = 0, second = 0, ...rest] = text.split('.').map(Number);
  const bytes = [first * 40 + second];
  for (const arc of rest) {
    const groups = [arc & 0x7f];
    for (let left = arc >> 7; left > 0; left >>= 7) groups.unshift((left & 0x7f) | 0x80);
    bytes.push(...groups);
  }
  return tagged(0x06, Buffer.from(bytes));
}

function seq(...parts: Buffer[]): Buffer {
  return tagged(0x30, Buffer.concat(parts));
}

function tagged(tag: number, content: Buffer): Buffer {
  const { length } = content;
  if (length < 0x80) return Buffer.concat([Buffer.of(tag, length), content]);
  if (length < 0x100) return Buffer.concat([Buffer.of(tag, 0x81, length), content]);
  return Buffer.concat([Buffer.of(tag, 0x82, length >> 8, length & 0xff), content]);
}

function pem(der: Buffer): string {
  const lines = der.toString('base64').match(/.{1,64}/g) ?? [];
  return `-----BEGIN CERTIFICATE-----\n${lines.join('\n')}\n-----END CERTIFICATE-----\n`;
}
