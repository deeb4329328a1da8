import { join } from 'node:path';
import { programNodeOptions } from '@malla/dataplane';
import { findEnvoy } from './find-program.ts';

/** A program that takes Envoy's command line. */
export interface ProxyProgram {
  readonly name: 'envoy' | 'builtin';
  readonly command: readonly [string, ...string[]];
}

/** The built-in data plane, from its build. */
export function builtinProgram(): ProxyProgram {
  const program = join(import.meta.dirname, '..', '..', '..', 'dataplane', 'dist', 'program', 'main.js');
  return { name: 'builtin', command: [process.execPath, ...programNodeOptions, program] };
}

/** Every data plane that is here: the built-in one, and Envoy where there is one. */
export function proxyPrograms(): readonly ProxyProgram[] {
  const envoy = findEnvoy();
  return [builtinProgram(), ...(envoy === undefined ? [] : [{ name: 'envoy' as const, command: [envoy] as const }])];
}
