/** Options that every command takes. */
export interface GlobalOptions {
  readonly context?: string;
  readonly kubeconfig?: string;
  readonly namespace?: string;
  readonly server?: string;
  readonly token?: string;
}
