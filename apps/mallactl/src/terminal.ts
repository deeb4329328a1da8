/** What the command line needs of the process it runs in. Injected, so that tests run commands in their own process. */
export interface Terminal {
  /** Data. */
  readonly out: (text: string) => void;
  /** Progress and messages. */
  readonly err: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly cwd: string;
  /** The whole of standard input. */
  readonly readStdin: () => Promise<string>;
  /** Whether standard output shows colours; default false. */
  readonly colors?: boolean;
  readonly now: () => Date;
  /** Aborted when the user interrupts. */
  readonly signal: AbortSignal;
}

/** Exit codes, after sysexits.h and istioctl. */
export const exitCodes = { ok: 0, failed: 1, usage: 64, badData: 65, unreachable: 69, findings: 79 } as const;
