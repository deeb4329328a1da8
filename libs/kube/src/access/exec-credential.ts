import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { MallaError } from '@malla/model';
import { processInput } from '@malla/settings';
import { z } from 'zod';
import type { ClusterConfig, ExecConfig } from './kubeconfig-schema.ts';

const run = promisify(execFile);

/** A helper of a cloud asks its service over the network. */
const longestRunMs = 60_000;
/** So long before its end a credential is replaced. */
const earlyMs = 10_000;

const credentialSchema = z.looseObject({
  kind: z.literal('ExecCredential'),
  status: z
    .looseObject({
      expirationTimestamp: z.string().nullish(),
      token: z.string().optional(),
      clientCertificateData: z.string().optional(),
      clientKeyData: z.string().optional(),
    })
    .refine((status) => status.token !== undefined || status.clientCertificateData !== undefined, {
      error: 'must have a token or a client certificate',
    }),
});

/** What a credential plugin has given. */
export type ExecCredential = z.infer<typeof credentialSchema>['status'];

export interface ExecCredentialsParams {
  readonly exec: ExecConfig;
  readonly cluster: ClusterConfig;
  /** Relative commands are below it, as those of kubectl are. */
  readonly folder: string;
  /** Milliseconds since the epoch. */
  readonly now?: () => number;
}

/**
 * Credentials by a program, as managed clusters have them; kept until shortly before their end, or until they are refused.
 * Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 */
export class ExecCredentials {
  readonly #params: ExecCredentialsParams;
  #kept: { readonly credential: ExecCredential; readonly until: number } | undefined;
  #running: Promise<ExecCredential> | undefined;

  constructor(params: ExecCredentialsParams) {
    this.#params = params;
  }

  /** @throws MallaError `unavailable` if the program fails or answers something else */
  get(): Promise<ExecCredential> {
    const { now = Date.now } = this.#params;
    if (this.#kept !== undefined && now() < this.#kept.until) return Promise.resolve(this.#kept.credential);
    this.#running ??= this.#ask().finally(() => (this.#running = undefined));
    return this.#running;
  }

  forget(): void {
    this.#kept = undefined;
  }

  async #ask(): Promise<ExecCredential> {
    const { exec, folder } = this.#params;
    const { stdout } = await run(exec.command, exec.args ?? [], {
      cwd: folder,
      env: { ...processInput().env, ...this.#environment() },
      timeout: longestRunMs,
    }).catch((cause: unknown) => {
      throw new MallaError('unavailable', `the credential plugin ${exec.command} failed`, { cause });
    });
    const read = credentialSchema.safeParse(parseJson(stdout));
    if (!read.success)
      throw new MallaError('unavailable', `the credential plugin ${exec.command} did not answer an ExecCredential`);
    const { status } = read.data;
    const end = status.expirationTimestamp == null ? Infinity : Date.parse(status.expirationTimestamp);
    this.#kept = { credential: status, until: end - earlyMs };
    return status;
  }

  #environment(): Record<string, string> {
    const { exec, cluster } = this.#params;
    const spec = {
      interactive: false,
      ...(exec.provideClusterInfo === true ? { cluster } : {}),
    };
    const info = JSON.stringify({ apiVersion: exec.apiVersion, kind: 'ExecCredential', spec });
    return {
      ...Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value])),
      KUBERNETES_EXEC_INFO: info,
    };
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
