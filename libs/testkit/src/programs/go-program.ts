import { execFile } from 'node:child_process';
import { mkdtempSync, renameSync, rmSync, existsSync, mkdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { promisify } from 'node:util';
import { findProgram } from './find-program.ts';

/** A test program that is made from Go's public modules. */
export interface GoProgram {
  /** File name that it gets. */
  readonly name: string;
  /** Package with its version, as `go install` takes it. */
  readonly install: string;
  /** Variable that names the program outright. */
  readonly variable: string;
}

const folder = join(import.meta.dirname, '..', '..', '..', '..', '.tools', 'go');

/**
 * Path of the program: what the variable or PATH names, else built once into `.tools/go`. Undefined, with the reason on the console, where there is no Go or no
 * way to its modules: a test that needs it is skipped then.
 */
export async function goProgram({ name, install, variable }: GoProgram): Promise<string | undefined> {
  const found = findProgram({ variable, names: [name] });
  if (found !== undefined) return found;
  const path = join(folder, name);
  if (existsSync(path)) return path;
  mkdirSync(folder, { recursive: true });
  const scratch = mkdtempSync(join(folder, 'build-'));
  try {
    await promisify(execFile)('go', ['install', install], { env: { ...process.env, GOBIN: scratch } });
    renameSync(join(scratch, basename(install.slice(0, install.lastIndexOf('@')))), path);
    return path;
  } catch (error) {
    console.warn(
      `${name} is missing: set ${variable}, or install Go for "go install ${install}" (${(error as Error).message.split('\n')[0]})`,
    );
    return undefined;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}
