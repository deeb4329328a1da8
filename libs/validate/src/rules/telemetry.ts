import type { FieldPath, Telemetry } from '@malla/model';
import type { Findings } from '../findings.ts';
import { celProblem } from '../values/cel.ts';
import { isGiven } from '../values/complaint.ts';
import { checkDuration } from '../values/durations.ts';
import { percentProblem } from '../values/percentages.ts';
import { checkAttachment } from '../values/target-refs.ts';

type Spec = NonNullable<Telemetry['spec']>;
type Tracing = NonNullable<Spec['tracing']>[number];
type Metrics = NonNullable<Spec['metrics']>[number];
type TagOverride = NonNullable<NonNullable<NonNullable<Metrics['overrides']>[number]['tagOverrides']>[string]>;

/** Checks a Telemetry. Source: Istio pkg/config/validation, ValidateTelemetry. */
export function checkTelemetry(findings: Findings, resource: Telemetry): void {
  const spec = resource.spec ?? {};
  const { tracing = [], metrics = [], accessLogging = [] } = spec;
  checkAttachment(findings, ['spec'], spec);
  if (tracing.length > 1)
    findings.warning(['spec', 'tracing'], 'has several entries: only the first is used', 'put them together');
  for (const [i, entry] of tracing.entries()) checkTracing(findings, ['spec', 'tracing', i], entry);
  for (const [i, entry] of metrics.entries()) checkMetrics(findings, ['spec', 'metrics', i], entry);
  for (const [i, { filter, providers }] of accessLogging.entries()) {
    const path = ['spec', 'accessLogging', i];
    if (filter !== undefined) findings.refuse([...path, 'filter', 'expression'], celProblem(filter.expression ?? ''));
    checkProviders(findings, [...path, 'providers'], providers);
  }
}

function checkProviders(findings: Findings, path: FieldPath, providers: Tracing['providers']): void {
  for (const [i, { name }] of (providers ?? []).entries()) {
    if (!isGiven(name))
      findings.error([...path, i, 'name'], 'must not be empty', 'name an extension provider of the mesh');
  }
}

function checkTracing(findings: Findings, path: FieldPath, entry: Tracing): void {
  const { providers = [], randomSamplingPercentage, customTags } = entry;
  if (providers.length > 1)
    findings.warning([...path, 'providers'], 'has several entries: only the first is used', 'name one provider');
  checkProviders(findings, [...path, 'providers'], providers);
  findings.refuse([...path, 'randomSamplingPercentage'], percentProblem(randomSamplingPercentage ?? undefined));
  for (const name in customTags) {
    const at = [...path, 'customTags', name];
    if (name === '') findings.error(at, 'the name of a tag must not be empty', 'name the tag');
    checkTag(findings, at, customTags[name] ?? {});
  }
}

function checkTag(findings: Findings, path: FieldPath, tag: NonNullable<Tracing['customTags']>[string]): void {
  const parts = [
    ['literal', 'value', tag.literal?.value],
    ['formatter', 'value', tag.formatter?.value],
    ['header', 'name', tag.header?.name],
    ['environment', 'name', tag.environment?.name],
  ] as const;
  for (const [kind, field, text] of parts) {
    if (text === '') findings.error([...path, kind, field], 'must not be empty', `give the ${field} of the ${kind}`);
  }
  if (parts.every(([kind]) => tag[kind] === undefined))
    findings.warning(path, 'has no value: the tag is not set', 'give literal, header, environment or formatter');
}

function checkMetrics(findings: Findings, path: FieldPath, entry: Metrics): void {
  checkProviders(findings, [...path, 'providers'], entry.providers);
  checkDuration(findings, [...path, 'reportingInterval'], entry.reportingInterval);
  for (const [i, { match, tagOverrides }] of (entry.overrides ?? []).entries()) {
    const at = [...path, 'overrides', i];
    if (match?.customMetric === '')
      findings.error([...at, 'match', 'customMetric'], 'must not be empty', 'name a metric, or leave it out for all');
    for (const name in tagOverrides) {
      if (name === '') findings.warning([...at, 'tagOverrides', name], 'has no name: it does nothing', 'name a label');
      checkOverride(findings, [...at, 'tagOverrides', name], tagOverrides[name] ?? {});
    }
  }
}

function checkOverride(findings: Findings, path: FieldPath, { operation, value }: TagOverride): void {
  if (operation === 'REMOVE') {
    if (isGiven(value)) findings.error([...path, 'value'], 'cannot stand with REMOVE', 'use UPSERT, or leave it out');
  } else if (!isGiven(value)) {
    findings.error([...path, 'value'], 'is required with UPSERT', 'give an expression, such as request.host');
  } else findings.warn([...path, 'value'], celProblem(value));
}
