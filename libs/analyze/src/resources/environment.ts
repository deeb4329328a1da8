/** What is known of the surroundings of a mesh besides its resources; each question of an installation or upgrade needs one of these. */
export interface Environment {
  /** Version of Kubernetes as it tells it, such as `v1.31.4`. */
  readonly kubernetesVersion?: string;
  /** What the user may not create though an installation needs it. */
  readonly denied?: readonly { readonly resource: string; readonly reason: string }[];
  /** Sockets that applications listen on, by pod. */
  readonly listeners?: readonly PodListener[];
  /** The release of Istio that is upgraded from, such as `1.21`. */
  readonly upgradeFrom?: string;
  /** Defaults that changed since then and whose effect cannot be seen from resources. */
  readonly changedDefaults?: readonly ChangedDefault[];
}

export interface PodListener {
  readonly namespace: string;
  readonly pod: string;
  /** IP address that the socket is bound to. */
  readonly address: string;
  readonly port: number;
}

export interface ChangedDefault {
  readonly field: string;
  /** Release with the change. */
  readonly release: string;
  readonly info: string;
  /** `compatibilityVersion` that keeps the old default. */
  readonly compatibilityVersion: string;
}
