import { writeFile } from 'node:fs/promises';
import type { DataPlane, DataPlaneEvent } from './data-plane.ts';

export interface ExternalDataPlaneParams {
  /** Where the bootstrap of gRPC's xDS clients is written. */
  readonly bootstrapPath: string;
  readonly bootstrap: string;
}

/** A data plane that the agent does not run: a gRPC library in the application, which takes its configuration from the socket. */
export class ExternalDataPlane implements DataPlane {
  readonly #params: ExternalDataPlaneParams;
  readonly #listeners = new Set<(event: DataPlaneEvent) => void>();
  #ready = false;

  constructor(params: ExternalDataPlaneParams) {
    this.#params = params;
  }

  get ready(): boolean {
    return this.#ready;
  }

  async start(): Promise<void> {
    await writeFile(this.#params.bootstrapPath, this.#params.bootstrap, { mode: 0o600 });
    this.#ready = true;
    for (const listener of this.#listeners) listener({ kind: 'ready' });
  }

  async drain(): Promise<void> {
    this.#ready = false;
  }

  async stop(): Promise<void> {
    this.#ready = false;
  }

  async metrics(): Promise<undefined> {
    return undefined;
  }

  onEvent(listener: (event: DataPlaneEvent) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }
}
