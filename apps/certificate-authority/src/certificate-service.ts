import type { CallInfo, ServiceHandlers } from '@malla/grpc';
import { MallaError } from '@malla/model';
import { logFields } from '@malla/observability';
import { certificatesPem, checkCsr, parseCsr, verifyCsr, type Csr, type PkiResult } from '@malla/pki';
import type { IstioCertificateRequest, IstioCertificateService } from '@malla/protos/gen/istio/v1/auth/ca_pb';
import { controlPlaneServiceOf } from '@malla/spiffe';
import type { Logger } from 'pino';
import type { Authority } from './authority.ts';
import type { AuthorityMetrics } from './authority-metrics.ts';
import type { Caller, Callers } from './callers.ts';
import type { RateLimit } from './rate-limit.ts';

/** Shorter ones would have to be renewed more often than a renewal may take. */
const minTtlMs = 10_000;

export interface CertificateServiceParams {
  readonly authority: Authority;
  readonly callers: Callers;
  readonly rateLimit: RateLimit;
  readonly metrics: AuthorityMetrics;
  readonly audit: Logger;
  /** The life of a certificate, and the longest that a request may ask for, in milliseconds. */
  readonly ttlMs: number;
}

/** Istio's CreateCertificate: certifies the caller's identity, whatever the request says of names. Each outcome is an audit line. */
export function certificateHandlers(params: CertificateServiceParams): ServiceHandlers<typeof IstioCertificateService> {
  return {
    async createCertificate(request, call) {
      params.metrics.csrs.inc();
      const caller = await identify(params, call);
      try {
        return await certify(params, request, call, caller);
      } catch (thrown) {
        const error = MallaError.from(thrown);
        const facts = { [logFields.identity]: caller.spiffeId, by: caller.by, [logFields.address]: call.address };
        params.audit.warn(
          { ...facts, [logFields.code]: error.code, [logFields.reason]: error.message },
          'Certificate refused',
        );
        throw error;
      }
    },
  };
}

async function identify({ callers, metrics, audit }: CertificateServiceParams, call: CallInfo): Promise<Caller> {
  try {
    return await callers.identify(call);
  } catch (thrown) {
    const error = MallaError.from(thrown);
    metrics.badCallers.inc();
    audit.warn({ [logFields.address]: call.address, [logFields.reason]: error.message }, 'Caller refused');
    throw error;
  }
}

async function certify(
  params: CertificateServiceParams,
  request: IstioCertificateRequest,
  call: CallInfo,
  caller: Caller,
): Promise<{ certChain: string[] }> {
  const { authority, rateLimit, metrics, audit } = params;
  if (!rateLimit.take(caller.spiffeId)) {
    throw new MallaError('exhausted', `${caller.spiffeId} asks for too many certificates; try again in a minute`);
  }
  refuseMetadata(request);
  const ttlMs = grantedTtl(request.validityDuration, params.ttlMs);
  const csr = await checkedCsr(params, request.csr, caller.spiffeId);
  const { leaf, chain } = await authority
    .issue({ spiffeId: caller.spiffeId, spki: csr.key.spki, ttlMs, hosts: csr.requested.altNames })
    .catch((error: unknown) => {
      metrics.signFailures.inc();
      throw error;
    });
  metrics.issued.inc();
  const facts = { [logFields.serial]: leaf.serial, [logFields.expiresAt]: new Date(leaf.notAfter).toISOString() };
  audit.info(
    { [logFields.identity]: caller.spiffeId, by: caller.by, [logFields.address]: call.address, ...facts },
    'Certificate issued',
  );
  return { certChain: chain.map((certificate) => certificatesPem(certificate)) };
}

/** Istio's ImpersonatedIdentity and CertSigner change whose or which certificate is meant; to ignore them would be wrong. */
function refuseMetadata({ metadata }: IstioCertificateRequest): void {
  if (metadata?.['ImpersonatedIdentity'])
    throw new MallaError('permission_denied', 'this caller may not ask for the identity of another');
  if (metadata?.['CertSigner']) throw new MallaError('unsupported', 'a choice of CertSigner is not supported');
}

function grantedTtl(validitySeconds: bigint, longestMs: number): number {
  if (validitySeconds === 0n) return longestMs;
  const wished = Number(validitySeconds) * 1_000;
  if (wished < minTtlMs)
    throw new MallaError('invalid', `validity_duration must be at least ${minTtlMs / 1_000} seconds`);
  return Math.min(wished, longestMs);
}

async function checkedCsr(
  { authority, metrics }: CertificateServiceParams,
  pem: string,
  identity: string,
): Promise<Csr> {
  const hosts = controlPlaneServiceOf(identity, authority.trustDomain) !== undefined;
  const parsed = parseCsr(pem);
  const checked = parsed.ok ? checkCsr(parsed.value, identity, { hosts }) : parsed;
  const verified: PkiResult<Csr> = checked.ok ? await verifyCsr(checked.value) : checked;
  if (verified.ok) return verified.value;
  metrics.badCsrs.inc();
  const { code, message } = verified.problem;
  throw new MallaError('invalid', message, { details: { code } });
}
