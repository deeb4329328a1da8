import type { ApiKeyPolicy } from '@malla/model';
import type { Findings } from '../findings.ts';
import { quoted } from '../values/complaint.ts';
import { checkAttachment } from '../values/target-refs.ts';

/** Headers that proxies and clients set for other purposes, so that no key can be there. */
const taken = new Set(['connection', 'content-length', 'host', 'te', 'transfer-encoding', 'upgrade', 'x-api-client']);

/** Checks an ApiKeyPolicy. */
export function checkApiKeyPolicy(findings: Findings, { spec }: ApiKeyPolicy): void {
  checkAttachment(findings, ['spec'], spec);
  if (spec.header !== undefined && taken.has(spec.header.toLowerCase()))
    findings.error(
      ['spec', 'header'],
      `${quoted(spec.header)} has another purpose`,
      'use x-api-key, or a name of your own',
    );
  if (!/^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$/.test(spec.secretRef.name))
    findings.error(['spec', 'secretRef', 'name'], 'must be the name of a Secret', 'small letters, digits, "-" and "."');
}
