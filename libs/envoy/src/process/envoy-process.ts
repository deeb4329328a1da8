/** Why a process is gone. */
export interface ExitInfo {
  /** Exit code; undefined after a signal and for an adopted process, whose code only its parent learns. */
  readonly code?: number;
  readonly signal?: string;
  /** Why the program could not even be started, or its own last words. */
  readonly error?: string;
}

/** A running Envoy, whether this agent started it or found it. */
export interface EnvoyProcess {
  readonly pid: number;
  /** True when an agent before this one started it. */
  readonly adopted: boolean;
  /** Resolves once it has ended; never rejects. */
  readonly exited: Promise<ExitInfo>;
  /** Sends a signal; nothing happens when it has ended. */
  signal(name: 'SIGTERM' | 'SIGKILL'): void;
}

/** Starts and finds Envoy. The supervisor's only way to processes; specs give it a fake. */
export interface EnvoyHost {
  /** The Envoy that an agent before this one left running with the same bootstrap; ends any with another bootstrap. */
  adopt(): Promise<EnvoyProcess | undefined>;
  spawn(): Promise<EnvoyProcess>;
}
