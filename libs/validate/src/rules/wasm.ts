import type { FieldPath, TrafficExtension, WasmPlugin } from '@malla/model';
import type { Findings } from '../findings.ts';
import { isGiven, quoted } from '../values/complaint.ts';
import { portProblem } from '../values/ports.ts';
import { checkAttachment } from '../values/target-refs.ts';
import { moduleUrlProblem } from '../values/uris.ts';

type Module = NonNullable<TrafficExtension['spec']['wasm']>;
type Selectors = WasmPlugin['spec']['match'];

const maxLua = 65_536;

/** Checks a WasmPlugin. Source: Istio pkg/config/validation, ValidateWasmPlugin. */
export function checkWasmPlugin(findings: Findings, { spec }: WasmPlugin): void {
  checkAttachment(findings, ['spec'], spec);
  checkModule(findings, ['spec'], spec);
  checkSelectors(findings, ['spec', 'match'], spec.match);
}

/** Checks a TrafficExtension. Source: Istio pkg/config/validation, ValidateTrafficExtension. */
export function checkTrafficExtension(findings: Findings, { spec }: TrafficExtension): void {
  const { wasm, lua } = spec;
  checkAttachment(findings, ['spec'], spec);
  if ((wasm === undefined) === (lua === undefined))
    findings.error(['spec'], 'needs exactly one of wasm and lua', 'give one of them');
  if (wasm !== undefined) checkModule(findings, ['spec', 'wasm'], wasm);
  if (lua !== undefined) {
    const size = new TextEncoder().encode(lua.inlineCode).length;
    const path = ['spec', 'lua', 'inlineCode'];
    if (size === 0) findings.error(path, 'must not be empty', 'give envoy_on_request or envoy_on_response');
    if (size > maxLua)
      findings.error(path, `has ${size} bytes; at most ${maxLua} are accepted`, 'use a module of WebAssembly');
  }
  checkSelectors(findings, ['spec', 'match'], spec.match);
}

function checkModule(findings: Findings, path: FieldPath, module: Module): void {
  findings.refuse([...path, 'url'], moduleUrlProblem(module.url));
  if (isGiven(module.sha256) && !/^[a-f0-9]{64}$/.test(module.sha256))
    findings.error([...path, 'sha256'], 'must be 64 hexadecimal digits in small letters', 'sha256sum FILE gives it');
  checkVariables(findings, [...path, 'vmConfig', 'env'], module.vmConfig?.env ?? []);
}

function checkVariables(
  findings: Findings,
  path: FieldPath,
  variables: NonNullable<NonNullable<Module['vmConfig']>['env']>,
): void {
  const seen = new Set<string>();
  for (const [i, { name, value, valueFrom }] of variables.entries()) {
    if (name === '') findings.error([...path, i, 'name'], 'must not be empty', 'name the variable');
    else if (seen.has(name))
      findings.error([...path, i, 'name'], `${quoted(name)} stands twice`, 'leave one of them out');
    seen.add(name);
    if (valueFrom === 'HOST' && isGiven(value))
      findings.error([...path, i, 'value'], 'cannot stand with valueFrom: HOST', 'use INLINE, or leave it out');
  }
}

function checkSelectors(findings: Findings, path: FieldPath, selectors: Selectors): void {
  for (const [i, { ports = [] }] of (selectors ?? []).entries()) {
    for (const [j, { number }] of ports.entries())
      findings.refuse([...path, i, 'ports', j, 'number'], portProblem(number));
  }
}
