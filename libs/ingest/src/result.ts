/** Why a resource is refused. */
export interface Problem {
  /** The field in proto names, such as `filter_chains[0].filters[1].typed_config.stat_prefix`; empty: the resource as a whole. */
  readonly path: string;
  readonly message: string;
}

/** A configuration, or all that speaks against it. */
export type IngestResult<Kind extends string, Config> =
  | { readonly ok: true; readonly kind: Kind; readonly config: Config }
  | { readonly ok: false; readonly problems: readonly Problem[] };
