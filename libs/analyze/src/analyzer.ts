import type { Finding } from './finding.ts';
import type { Environment } from './resources/environment.ts';
import type { KindRef } from './resources/kind-refs.ts';
import type { MeshFacts } from './resources/mesh.ts';
import type { ResourceSet } from './resources/resource-set.ts';
import type { Subject } from './resources/subject.ts';

/** What an analyzer looks at. */
export interface AnalysisView {
  readonly set: ResourceSet;
  readonly mesh: MeshFacts;
  readonly environment: Environment;
  /** Current time, in milliseconds: certificates expire. */
  readonly now: number;
  /**
   * The resources of a kind that findings are wanted for: all of them, or the one that was written. What a finding depends on is read from
   * `set`, which always has everything.
   */
  subjects(ref: KindRef): Iterable<Subject>;
}

/** One question about configuration. Pure: what it yields depends on the view alone. */
export interface Analyzer {
  /** Istio's name, such as `virtualservice.GatewayAnalyzer`. */
  readonly name: string;
  readonly description: string;
  /** Every kind that it reads. It does not run where one of them cannot be read. */
  readonly inputs: readonly KindRef[];
  /** Inputs that it only has findings about: where there are none of them, as without Kubernetes, it has work all the same. */
  readonly optional?: readonly KindRef[];
  /** Kinds that its findings are about, out of the inputs. */
  readonly origins: readonly KindRef[];
  /** Codes that it can report. */
  readonly codes: readonly string[];
  /** Only runs when it is named, as in Istio. */
  readonly onRequest?: boolean;
  analyze(view: AnalysisView): Iterable<Finding>;
}
