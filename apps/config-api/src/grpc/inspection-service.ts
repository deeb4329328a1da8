import type { CallInfo, ServiceHandlers } from '@malla/grpc';
import { describeProblem } from '@malla/model';
import type { InspectionService } from '@malla/protos/gen/malla/config/v1/inspection_pb';
import type { Caller } from '../access/caller.ts';
import type { PostedAnalyses } from '../effective/posted-analysis.ts';
import { allowWorkload } from '../effective/workload-api.ts';
import type { WorkloadDescriptions } from '../effective/workload-descriptions.ts';

export interface InspectionServiceParams {
  readonly descriptions: WorkloadDescriptions;
  readonly analyses: PostedAnalyses;
  /** Who calls: by certificate or bearer token; throws `unauthenticated` or `permission_denied`. */
  readonly callerOf: (call: CallInfo) => Promise<Caller>;
}

/** The handlers of malla.config.v1.InspectionService: the same answers as those of the REST API. */
export function inspectionServiceHandlers(params: InspectionServiceParams): ServiceHandlers<typeof InspectionService> {
  const { descriptions, analyses, callerOf } = params;
  return {
    async listWorkloads({ namespace }, call) {
      allowWorkload(await callerOf(call), namespace, undefined);
      return { workloads: [...(await descriptions.list(namespace))] };
    },
    async describeWorkload({ namespace, name }, call) {
      allowWorkload(await callerOf(call), namespace, name);
      const { workload, revision, ...effective } = await descriptions.effective(namespace, name);
      return { workload, revision: BigInt(revision), json: Buffer.from(JSON.stringify(effective)) };
    },
    async analyze({ manifests, namespace, wholeMesh }, call) {
      const { findings, problems } = await analyses.analyze(await callerOf(call), {
        text: manifests,
        namespace: namespace || 'default',
        wholeMesh,
      });
      return { findings: [...findings], problems: problems.map(describeProblem) };
    },
  };
}
