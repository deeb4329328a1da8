import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { processInput } from '@malla/settings';
import { Child, type ChildParams } from './child-process.ts';

/** Variables that every process needs to run at all; nothing else of the user's environment reaches the demo's processes. */
const inherited = ['PATH', 'HOME', 'TMPDIR', 'LANG', 'MALLA_ENVOY', 'MALLA_REDIS_SERVER', 'LD_LIBRARY_PATH'];

/** Where the demo keeps its files and finds its programs. */
export class Environment {
  /** Folder of this run, for its owner only. */
  readonly folder: string;
  /** Root of the workspace. */
  readonly workspace: string;
  readonly #children: Child[] = [];

  constructor(folder: string, workspace: string) {
    this.folder = folder;
    this.workspace = workspace;
    mkdirSync(this.path('logs'), { recursive: true, mode: 0o700 });
  }

  /** A path in the folder of this run. */
  path(...parts: readonly string[]): string {
    return path.join(this.folder, ...parts);
  }

  /** The variables of a child: what is inherited, and its own. */
  variables(own: Readonly<Record<string, string>>): Record<string, string> {
    const { env } = processInput();
    const base = inherited.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]] as const]));
    // A dozen processes load the same code: compiled once, they start in half the time.
    const compileCache = path.join(this.workspace, '.tools/compile-cache');
    // Two dozen idle processes must fit a laptop: small young generations, and neither threads of V8 nor arenas of the C library for each core.
    const node = {
      NODE_COMPILE_CACHE: compileCache,
      NODE_OPTIONS: '--max-semi-space-size=1 --v8-pool-size=1',
      MALLOC_ARENA_MAX: '1',
    };
    return { ...Object.fromEntries(base), ...node, ...own };
  }

  /** Starts one of Malla's programs, `apps/APP/dist/main.js`. */
  startApp(name: string, app: string, env: Readonly<Record<string, string>>): Child {
    return this.start({ name, command: process.execPath, args: [this.program(app)], env });
  }

  /** Path of one of Malla's programs. */
  program(app: string, file = 'main.js'): string {
    return path.join(this.workspace, 'apps', app, 'dist', file);
  }

  start(params: Omit<ChildParams, 'logFile'>): Child {
    const child = new Child({
      ...params,
      env: this.variables(params.env),
      logFile: this.path('logs', `${params.name}.log`),
    });
    this.#children.push(child);
    return child;
  }

  /** Ends everything that was started: agents first, then applications, then the control plane, last started first. */
  async stopAll(): Promise<void> {
    const newestFirst = [...this.#children].reverse();
    for (const suffix of ['-agent', '-app']) {
      await Promise.all(newestFirst.filter(({ name }) => name.endsWith(suffix)).map((child) => child.stop()));
    }
    for (const child of newestFirst) await child.stop();
  }
}

/** Whether an HTTP URL answers 200. */
export async function answersOk(url: string): Promise<boolean> {
  const response = await fetch(url, { signal: AbortSignal.timeout(2000) });
  await response.arrayBuffer();
  return response.status === 200;
}
