import { mkdirSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, it } from 'vitest';
import { TemporaryFolder } from '@malla/testkit';
import { run } from './run.ts';

const folder = new TemporaryFolder('mallactl-analyze-');
afterAll(() => folder[Symbol.dispose]());

interface Ran {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

async function mallactl(argv: readonly string[], options: { stdin?: string; colors?: boolean } = {}): Promise<Ran> {
  let [out, err] = ['', ''];
  const output = { out: (text: string) => void (out += text), err: (text: string) => void (err += text) };
  const terminal = {
    ...output,
    env: { HOME: folder.path, KUBECONFIG: folder.join('none') },
    cwd: folder.path,
    readStdin: () => Promise.resolve(options.stdin ?? ''),
    now: () => new Date('2026-01-01T00:00:00Z'),
    signal: new AbortController().signal,
    colors: options.colors ?? false,
  };
  const code = await run(argv, { ...output, terminal: () => Promise.resolve(terminal) });
  return { code, out, err };
}

function file(name: string, text: string): void {
  const parts = name.split('/');
  if (parts.length > 1) mkdirSync(folder.join(...parts.slice(0, -1)), { recursive: true });
  writeFileSync(folder.join(name), text);
}

const route = (name: string, gateway: string, more = '') => `apiVersion: networking.istio.io/v1
kind: VirtualService
metadata:
  name: ${name}
${more}spec:
  hosts: [${name}.example.com]
  gateways: [${gateway}]
  http:
    - route:
        - destination: {host: ${name}, port: {number: 80}}
`;
const filter = `apiVersion: networking.istio.io/v1alpha3
kind: EnvoyFilter
metadata:
  name: lua
  namespace: shop
spec:
  configPatches:
    - applyTo: HTTP_ROUTE
      patch: {operation: MERGE, value: {}}
`;
const offline = '--use-kube=false';

describe('analyze of files', () => {
  it('tells each finding with its place, and exits with 79', async () => {
    file('web.yaml', route('web', 'front'));
    const ran = await mallactl(['analyze', offline, 'web.yaml']);
    expect(ran.code).toBe(79);
    expect(ran.out.split('\n')[0]).toBe(
      'Error [IST0101] (VirtualService default/web web.yaml:7) the gateway "front" is not found',
    );
    expect(ran.err).toContain('Analyzers found issues when analyzing namespace: default.');
  });

  it.each([['log'], ['json'], ['yaml'], ['sarif'], ['github']])('exits with 79 in format %s too', async (format) => {
    file('web.yaml', route('web', 'front'));
    expect((await mallactl(['analyze', offline, '-o', format, 'web.yaml'])).code).toBe(79);
  });

  it('writes JSON as istioctl does', async () => {
    file('web.yaml', route('web', 'front'));
    const [first] = JSON.parse((await mallactl(['analyze', offline, '-A', '-o', 'json', 'web.yaml'])).out) as object[];
    expect(first).toEqual({
      code: 'IST0101',
      documentationUrl: 'https://istio.io/latest/docs/reference/config/analysis/ist0101/',
      level: 'Error',
      message: 'the gateway "front" is not found',
      origin: 'VirtualService web',
      reference: 'web.yaml:7',
    });
    expect((await mallactl(['analyze', offline, '-o', 'json'])).out).toBe('[]\n');
  });

  it('writes SARIF with rules, places and stable fingerprints', async () => {
    file('web.yaml', route('web', 'front'));
    const sarif = JSON.parse((await mallactl(['analyze', offline, '-o', 'sarif', 'web.yaml'])).out) as {
      version: string;
      runs: {
        tool: { driver: { rules: { id: string }[] } };
        results: { ruleId: string; ruleIndex: number; level: string; locations: object[] }[];
      }[];
    };
    expect(sarif.version).toBe('2.1.0');
    const [{ tool, results } = { tool: { driver: { rules: [] } }, results: [] }] = sarif.runs;
    const [first] = results;
    expect(tool.driver.rules[first?.ruleIndex ?? -1]?.id).toBe(first?.ruleId);
    expect(first).toMatchObject({
      ruleId: 'IST0101',
      level: 'error',
      locations: [
        {
          physicalLocation: {
            artifactLocation: { uri: 'web.yaml' },
            region: { startLine: 7, startColumn: 14 },
          },
          logicalLocations: [{ fullyQualifiedName: 'VirtualService default/web spec.gateways[0]' }],
        },
      ],
    });
  });

  it('writes annotations of GitHub', async () => {
    file('web.yaml', route('web', 'front'));
    const { out } = await mallactl(['analyze', offline, '-o', 'github', 'web.yaml']);
    expect(out).toContain('::error file=web.yaml,line=7,col=14,title=IST0101::VirtualService default/web: ');
  });

  it('has thresholds for what is shown and for the exit code', async () => {
    file('lua.yaml', filter);
    const codes = async (...flags: string[]) => (await mallactl(['analyze', offline, '-A', ...flags, 'lua.yaml'])).code;
    expect(await codes()).toBe(0);
    expect(await codes('--failure-threshold', 'Warning')).toBe(79);
    expect(await codes('--failure-threshold', 'soon')).toBe(64);
    const hidden = await mallactl(['analyze', offline, '-A', '--output-threshold=Error', 'lua.yaml']);
    expect(hidden).toMatchObject({ code: 0, out: '' });
    expect(hidden.err).toContain('No validation issues found');
  });

  it('suppresses by flag and by annotation', async () => {
    const annotated = '  annotations: {galley.istio.io/analyze-suppress: "IST0101,IST0132"}\n';
    file('web.yaml', route('web', 'front'));
    file('quiet.yaml', route('quiet', 'front', annotated));
    const flags = ['-S', 'IST0101=VirtualService default/*', '--suppress', 'IST0132=VirtualService *'];
    expect(await mallactl(['analyze', offline, ...flags, 'web.yaml'])).toMatchObject({ code: 0, out: '' });
    expect(await mallactl(['analyze', offline, 'quiet.yaml'])).toMatchObject({ code: 0, out: '' });
    expect((await mallactl(['analyze', offline, '-S', 'IST0101', 'web.yaml'])).code).toBe(64);
    const unknown = await mallactl(['analyze', offline, '-S', 'IST9999=*', 'quiet.yaml']);
    expect(unknown.err).toContain("'IST9999' is an unknown message code");
  });

  it('reads folders with everything inside, and standard input', async () => {
    file('tree/a/web.yaml', route('web', 'front'));
    file('tree/b/other.yml', route('api', 'front'));
    file('tree/readme.md', 'no');
    const ran = await mallactl(['analyze', offline, '-R', 'tree']);
    expect(ran.out).toContain('tree/a/web.yaml:7');
    expect(ran.out).toContain('tree/b/other.yml:7');
    expect(ran.err).toContain('Skipping file tree/readme.md');
    const piped = await mallactl(['analyze', offline, '-'], { stdin: route('web', 'front') });
    expect(piped.out).toContain('(VirtualService default/web -:7)');
    expect((await mallactl(['analyze', offline, 'nowhere.yaml'])).code).toBe(65);
  });

  it('speaks of the namespaces of the files, of one that is asked for, or of all', async () => {
    file('two.yaml', `${route('web', 'front', '  namespace: shop\n')}---\n${route('api', 'front')}`);
    const origins = async (...flags: string[]) =>
      [...(await mallactl(['analyze', offline, ...flags, 'two.yaml'])).out.matchAll(/\(VirtualService (\S+)/g)]
        .map(([, origin]) => origin)
        .filter((origin, i, all) => all.indexOf(origin) === i);
    expect(await origins('-n', 'shop')).toEqual(['shop/api', 'shop/web']);
    expect(await origins()).toEqual(['default/api', 'shop/web']);
    expect(await origins('-A')).toEqual(['api', 'shop/web']);
  });

  it('passes over what files alone do not tell, unless they hold the whole mesh', async () => {
    const service = 'apiVersion: v1\nkind: Service\nmetadata: {name: web}\nspec:\n  ports: [{name: web, port: 80}]\n';
    file('service.yaml', service);
    const alone = await mallactl(['analyze', offline, 'service.yaml']);
    expect(alone).toMatchObject({ code: 0, out: '' });
    expect(alone.err).toContain('without a server Service objects are passed over');
    const complete = await mallactl(['analyze', offline, '--complete', 'service.yaml']);
    expect(complete.out).toContain('Info [IST0118] (Service default/web service.yaml:5)');
  });

  it('names documents that cannot be read, and goes on with the others', async () => {
    file('broken.yaml', `a: [\n---\n${route('web', 'front')}`);
    const ran = await mallactl(['analyze', offline, 'broken.yaml']);
    expect(ran.err).toContain('broken.yaml:');
    expect(ran).toMatchObject({ code: 79, out: expect.stringContaining('VirtualService default/web') as string });
    file('text.yaml', 'just text\n');
    expect((await mallactl(['analyze', offline, 'text.yaml'])).code).toBe(65);
    expect((await mallactl(['analyze', offline, '--ignore-unknown', 'text.yaml'])).code).toBe(0);
  });

  it('notes kinds that nobody knows', async () => {
    file('other.yaml', 'apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: x}\n');
    const ran = await mallactl(['analyze', offline, 'other.yaml']);
    expect(ran).toMatchObject({ code: 0, out: '' });
    expect(ran.err).toContain('note: kinds that are not known were passed over: Thing');
  });

  it('takes the configuration of the mesh from a file', async () => {
    file(
      'log.yaml',
      'apiVersion: telemetry.istio.io/v1\nkind: Telemetry\nmetadata: {name: log}\nspec:\n  accessLogging: [{}]\n',
    );
    file('mesh.yaml', 'defaultProviders: {accessLogging: [envoy]}\n');
    expect((await mallactl(['analyze', offline, 'log.yaml'])).out).toContain('IST0157');
    expect((await mallactl(['analyze', offline, '--meshConfigFile', 'mesh.yaml', 'log.yaml'])).out).toBe('');
    expect((await mallactl(['analyze', offline, '--meshConfigFile', 'gone.yaml', 'log.yaml'])).code).toBe(65);
  });

  it('lists analyzers and runs the named ones', async () => {
    const list = await mallactl(['analyze', '-L']);
    expect(list.out).toMatch(/^\* annotations\.AlphaAnalyzer:\n {4}\S/);
    file('web.yaml', route('web', 'front'));
    const one = await mallactl([
      'analyze',
      offline,
      '--analyzer',
      'virtualservice.DestinationRuleAnalyzer',
      'web.yaml',
    ]);
    expect(one).toMatchObject({ code: 0, out: '' });
    const wrong = await mallactl(['analyze', offline, '--analyzer', 'virtualservice.GatewayAnalyser', 'web.yaml']);
    expect(wrong.err).toContain('did you mean virtualservice.GatewayAnalyzer?');
    const told = await mallactl(['analyze', offline, '-v', 'web.yaml']);
    expect(told.err).toMatch(/Skipped analyzers:\n(.*\n)*\t service\.PortNameAnalyzer\n/);
    expect(told.err).toMatch(/Executed analyzers:\n(.*\n)*\t virtualservice\.GatewayAnalyzer\n/);
  });

  it('has colours for terminals, and as asked', async () => {
    file('web.yaml', route('web', 'front'));
    const isColoured = async (flags: string[], colors: boolean) =>
      (await mallactl(['analyze', offline, ...flags, 'web.yaml'], { colors })).out.includes('\u001b[');
    expect(await isColoured([], false)).toBe(false);
    expect(await isColoured([], true)).toBe(true);
    expect(await isColoured(['--color=false'], true)).toBe(false);
    expect(await isColoured(['--no-color'], true)).toBe(false);
    expect(await isColoured(['--color'], false)).toBe(true);
  });

  it('says how to go on without a server', async () => {
    const ran = await mallactl(['analyze']);
    expect(ran.code).toBe(64);
    expect(ran.err).toContain('--use-kube=false for files alone');
  });
});
