import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import {
  allAnalyzers,
  analyze as analyzeSet,
  defaultGateway,
  findCode,
  isAtLeast,
  kindRefOf,
  meshFacts,
  meshOfSet,
  parseSuppression,
  ResourceSet,
  runtimeKinds,
  selectAnalyzers,
  type Analysis,
  type Finding,
  type KindRef,
  type Level,
  type Locate,
  type MeshFacts,
  type Suppression,
} from '@malla/analyze';
import { MallaError, nearest, parseDuration } from '@malla/model';
import { printFindings, type FindingFormat } from '../analysis/print-findings.ts';
import { readSources, type FileResources } from '../analysis/read-sources.ts';
import { messageOf, Reported, UsageError } from '../failure.ts';
import { reportProblems } from '../manifests/report-problems.ts';
import type { CommandInput } from '../command.ts';
import { exitCodes } from '../terminal.ts';
import { clientVersion } from './version.ts';

export interface AnalyzeOptions {
  readonly allNamespaces?: boolean;
  readonly useKube?: boolean;
  readonly complete?: boolean;
  readonly suppress?: readonly string[];
  readonly analyzer?: readonly string[];
  readonly listAnalyzers?: boolean;
  readonly outputThreshold?: Level;
  readonly failureThreshold?: Level;
  readonly meshConfigFile?: string;
  readonly istioNamespace?: string;
  readonly remoteContexts?: readonly string[];
  readonly revision?: string;
  readonly timeout?: string;
  readonly ignoreUnknown?: boolean;
  readonly verbose?: boolean;
  readonly color?: boolean | string;
  readonly output?: FindingFormat;
}

type Input = CommandInput<AnalyzeOptions>;

/**
 * `analyze`: findings about files, about what a server has, or about files as if they were applied to it. Exit code 79 with any finding at
 * the failure threshold, in every format; 65 if files could not be read.
 */
export async function analyze(input: Input): Promise<void> {
  const { options, terminal, args } = input;
  if (options.listAnalyzers === true) return terminal.out(analyzerList());
  const analyzers = checkAnalyzers(options.analyzer ?? []);
  const suppressions = readSuppressions(options.suppress ?? [], terminal);
  const useServer = options.useKube !== false;
  const server = useServer ? await loadServer(input) : undefined;
  const namespace = options.allNamespaces === true ? '' : (options.namespace ?? server?.namespace ?? 'default');
  if (server !== undefined && namespace !== '') checkNamespace(server, namespace, input);
  const files = await readSources(args, namespace, terminal);
  reportProblems(files.problems, terminal);
  const { set, unavailable } = gather(input, files, server);
  const analysis = analyzeSet(set, {
    mesh: readMesh(input, set),
    analyzers,
    unavailable,
    ...(server === undefined ? {} : { absent: server.absent }),
    suppressions,
    now: terminal.now().getTime(),
    ...(namespace === '' ? {} : { namespaces: [namespace, ...ownNamespaces(input, files)] }),
  });
  const target = namespace === '' ? 'all namespaces' : `namespace: ${namespace}`;
  tellAnalyzers(input, analysis, target);
  tellPassedOver(input, files, useServer);
  const shown = analysis.findings.filter((f) => isAtLeast(f.level, options.outputThreshold ?? 'info'));
  terminal.out(
    printFindings(shown, {
      format: options.output ?? 'log',
      color: useColor(input),
      withCluster: (options.remoteContexts ?? []).length > 0,
      version: clientVersion(),
      locate: locator(files),
    }),
  );
  if (shown.length === 0) tellNothingFound(input, files, target);
  end(input, analysis.findings, files, target);
}

/**
 * Namespaces of the objects in files, unless one was asked for: a mistake in a file that somebody names is told wherever the object goes
 * (istioctl leaves it out without a word).
 */
function ownNamespaces({ options }: Input, files: FileResources): readonly string[] {
  if (options.namespace !== undefined) return [];
  return [...files.resources.keys()].map(({ metadata }) => metadata.namespace ?? '');
}

interface Loaded {
  /** Of the context. */
  readonly namespace: string;
  readonly set: ResourceSet;
  readonly unavailable: ReadonlySet<KindRef>;
  readonly absent: ReadonlySet<KindRef>;
}

async function loadServer({ options, terminal }: Input): Promise<Loaded> {
  // Files alone need no client: loaded when there is a server to ask.
  const { readServer, remoteKinds } = await import('../analysis/server-resources.ts');
  const { ApiClient } = await import('../connection/api-client.ts');
  const { findServer } = await import('../connection/server-address.ts');
  const limit = parseDuration(options.timeout ?? '30s');
  if (limit === undefined) throw new UsageError(`--timeout ${options.timeout} is not a duration such as 30s`);
  const signal = AbortSignal.any([terminal.signal, AbortSignal.timeout(limit)]);
  const kinds = new Set(selectAnalyzers(options.analyzer).flatMap((analyzer) => analyzer.inputs));
  const set = new ResourceSet();
  const read = async (context: string | undefined, wanted: ReadonlySet<KindRef>, cluster?: string) => {
    const client = new ApiClient(findServer({ ...options, ...(context && { context }) }, terminal), signal);
    try {
      const found = await readServer({ client, kinds: wanted, revision: options.revision ?? 'default' });
      for (const resource of found.resources) set.set(resource, cluster);
      return { namespace: client.namespace, unavailable: found.unavailable, absent: found.absent };
    } finally {
      client.close();
    }
  };
  try {
    const main = await read(undefined, kinds);
    for (const context of options.remoteContexts ?? []) await read(context, remoteKinds(kinds), context);
    return { ...main, set };
  } catch (thrown) {
    if (thrown instanceof UsageError) throw new UsageError(`${messageOf(thrown)}; or --use-kube=false for files alone`);
    throw thrown;
  }
}

/** A misspelt namespace has no findings, which would look as if all were well. */
function checkNamespace({ set, unavailable }: Loaded, namespace: string, { options }: Input): void {
  if (options.namespace === undefined || unavailable.has('/Namespace')) return;
  if (set.find('/Namespace', '', namespace) === undefined)
    throw new MallaError('not_found', `namespace "${namespace}" not found`);
}

function gather(
  { options }: Input,
  files: FileResources,
  server: Loaded | undefined,
): { readonly set: ResourceSet; readonly unavailable: ReadonlySet<KindRef> } {
  const set = server?.set ?? new ResourceSet();
  const isAlone = server === undefined && options.complete !== true;
  if (server === undefined && options.complete === true)
    for (const resource of defaultGateway(options.istioNamespace ?? 'istio-system')) set.set(resource);
  for (const resource of files.resources.keys())
    if (!isAlone || !runtimeKinds.has(kindRefOf(resource))) set.set(resource);
  return { set, unavailable: server?.unavailable ?? (isAlone ? runtimeKinds : new Set()) };
}

function readMesh({ options, terminal }: Input, set: ResourceSet): MeshFacts {
  const file = options.meshConfigFile;
  if (file === undefined) return meshOfSet(set, options.istioNamespace ?? 'istio-system');
  try {
    const config = parse(readFileSync(path.resolve(terminal.cwd, file), 'utf8')) as { kind?: string; spec?: unknown };
    const written = config?.kind === 'MeshConfig' ? config.spec : config;
    return meshFacts(written, written);
  } catch (thrown) {
    throw new MallaError('invalid', `cannot read the mesh configuration ${file}: ${messageOf(thrown)}`);
  }
}

function locator({ resources }: FileResources): Locate {
  return ({ subject, path: field }) => {
    const entry = subject === undefined ? undefined : resources.get(subject.resource);
    return entry === undefined ? undefined : { file: entry.file ?? '-', ...entry.position(field) };
  };
}

function checkAnalyzers(names: readonly string[]): readonly string[] {
  const known = allAnalyzers.map((analyzer) => analyzer.name);
  for (const name of names) {
    if (known.includes(name)) continue;
    const hint = nearest(name, known);
    throw new UsageError(`there is no analyzer ${name}${hint === undefined ? '' : `; did you mean ${hint}?`}`);
  }
  return names;
}

function readSuppressions(texts: readonly string[], terminal: Input['terminal']): Suppression[] {
  return texts.map((text) => {
    const found = parseSuppression(text);
    if (found === undefined)
      throw new UsageError(`--suppress ${text} is not CODE=KIND NAME, such as "IST0102=Namespace *"`);
    if (findCode(found.code) === undefined)
      terminal.err(`Warning: Supplied message code '${found.code}' is an unknown message code and has no effect.\n`);
    return found;
  });
}

function analyzerList(): string {
  return allAnalyzers
    .toSorted((a, b) => (a.name < b.name ? -1 : 1))
    .map(({ name, description }) => `* ${name}:\n    ${description}\n`)
    .join('');
}

function useColor({ options, terminal }: Input): boolean {
  if (options.color === false || options.color === 'never') return false;
  if (options.color === 'always') return true;
  return terminal.colors === true && terminal.env['TERM'] !== 'dumb' && (terminal.env['NO_COLOR'] ?? '') === '';
}

function tellAnalyzers({ options, terminal }: Input, { executed, skipped }: Analysis, target: string): void {
  if (options.verbose !== true) return;
  const list = (title: string, names: readonly string[]) =>
    names.length === 0 ? '' : `${title}\n${names.map((name) => `\t ${name}\n`).join('')}`;
  terminal.err(
    `Analyzed resources in ${target}\n${list('Skipped analyzers:', skipped)}${list('Executed analyzers:', executed)}\n`,
  );
}

/** What was in the files and was not looked at. */
function tellPassedOver({ options, terminal }: Input, files: FileResources, useServer: boolean): void {
  if (files.unknownKinds.size > 0 && options.ignoreUnknown !== true) {
    const kinds = [...files.unknownKinds].map(([kind, count]) => (count === 1 ? kind : `${kind} (${count})`));
    terminal.err(`note: kinds that are not known were passed over: ${kinds.sort().join(', ')}\n`);
  }
  if (useServer || options.complete === true) return;
  const kinds = new Set([...files.resources.keys()].map(kindRefOf).filter((ref) => runtimeKinds.has(ref)));
  if (kinds.size === 0) return;
  const names = [...kinds].map((ref) => ref.slice(1)).sort();
  terminal.err(
    `note: without a server ${names.join(', ')} objects are passed over; --complete if the files hold the whole mesh\n`,
  );
}

function tellNothingFound({ terminal }: Input, { files, problems }: FileResources, target: string): void {
  const unread = new Set(problems.filter((p) => p.level === 'error').map((p) => p.file)).size;
  if (unread > 0) {
    const what = `${unread} ${unread === 1 ? 'file' : 'files'}`;
    terminal.err(`No validation issues found when analyzing ${target} (but ${what} could not be parsed).\n`);
  } else if (files.length > 1)
    terminal.err(`✔ No validation issues found when analyzing:\n  - ${files.join('\n  - ')}\n`);
  else terminal.err(`✔ No validation issues found when analyzing ${files[0] ?? target}.\n`);
}

function end({ options, terminal }: Input, findings: readonly Finding[], files: FileResources, target: string): void {
  if (findings.some((finding) => isAtLeast(finding.level, options.failureThreshold ?? 'error'))) {
    terminal.err(
      `Error: Analyzers found issues when analyzing ${target}.\nSee https://istio.io/latest/docs/reference/config/analysis for more information about causes and resolutions.\n`,
    );
    throw new Reported(exitCodes.findings);
  }
  const unread = files.problems.some((problem) => problem.level === 'error');
  if (unread && options.ignoreUnknown !== true) {
    terminal.err("Error: Some files couldn't be parsed.\n");
    throw new Reported(exitCodes.badData);
  }
}
