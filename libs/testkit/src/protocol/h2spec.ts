import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { goProgram } from '../programs/go-program.ts';
import { TemporaryFolder } from '../temporary-folder.ts';

/** One case of h2spec and what came of it. */
export interface H2specCase {
  /** `http2/6.5.2`: the part of h2spec (generic, http2, hpack) and the section of the RFC. */
  readonly section: string;
  readonly title: string;
  readonly outcome: 'passed' | 'failed' | 'skipped';
  /** What was expected and what was seen; empty when it passed. */
  readonly text: string;
}

export interface H2specParams {
  /** Path of {@link findH2spec}. */
  readonly program: string;
  readonly host: string;
  readonly port: number;
  readonly path?: string;
  /** TLS with ALPN; the certificate is not verified. */
  readonly tls?: boolean;
  /** Also the cases that RFC 7540 only recommends. Default true. */
  readonly strict?: boolean;
  /** Seconds that a case waits for an answer. Default 2. */
  readonly timeoutSeconds?: number;
}

/** h2spec (MALLA_H2SPEC), built by Go where it is missing; undefined, with the reason on the console, where it cannot be had. */
export function findH2spec(): Promise<string | undefined> {
  return goProgram({
    name: 'h2spec',
    install: 'github.com/summerwind/h2spec/cmd/h2spec@v2.2.1+incompatible',
    variable: 'MALLA_H2SPEC',
  });
}

/** Runs all of h2spec against a server. Fails when the program itself does, such as when nobody listens. */
export async function runH2spec(params: H2specParams): Promise<H2specCase[]> {
  using folder = new TemporaryFolder('malla-h2spec-');
  const report = folder.join('report.xml');
  const args = ['-h', params.host, '-p', String(params.port), '-j', report, '-o', String(params.timeoutSeconds ?? 2)];
  if (params.path !== undefined) args.push('-P', params.path);
  if (params.strict ?? true) args.push('-S');
  if (params.tls ?? false) args.push('-t', '-k');
  const output = await new Promise<string>((resolve) => {
    // Its exit code is 1 when a case fails; that is told by the report.
    execFile(params.program, args, { timeout: 300_000, maxBuffer: 16_000_000 }, (_error, stdout, stderr) =>
      resolve(stdout + stderr),
    );
  });
  let xml: string;
  try {
    xml = readFileSync(report, 'utf8');
  } catch (error) {
    throw new Error(`h2spec made no report: ${output.slice(-1_000)}`, { cause: error });
  }
  return parseReport(xml);
}

const caseElement = /<testcase package="([^"]*)" classname="([^"]*)"[^>]*>(.*?)<\/testcase>/gs;

/** Reads h2spec's JUnit report. The text of failures is not escaped in there, so this is no XML parser's work. */
export function parseReport(xml: string): H2specCase[] {
  return Array.from(xml.matchAll(caseElement), ([, section = '', title = '', content = '']) => {
    const body = content.trim();
    return {
      section,
      title: unescape(title),
      outcome: body.startsWith('<skipped') ? 'skipped' : body === '' ? 'passed' : 'failed',
      text: body.replace(/^<(?:failure|error|skipped)[^>]*>|<\/(?:failure|error|skipped)>$/g, '').trim(),
    };
  });
}

function unescape(text: string): string {
  return text.replaceAll('&#34;', '"').replaceAll('&#39;', "'").replaceAll('&lt;', '<').replaceAll('&amp;', '&');
}
