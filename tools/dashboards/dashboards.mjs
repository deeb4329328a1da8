// All dashboards, and the files that they are written to.
import { dashboardJson } from './grafana.mjs';
import { controlPlane } from './pages/control-plane.mjs';
import { gateway } from './pages/gateway.mjs';
import { mesh } from './pages/mesh.mjs';
import { service } from './pages/service.mjs';
import { workload } from './pages/workload.mjs';

/** Where Grafana's provisioning takes dashboards from. */
export const FOLDER = 'k8s/observability/grafana/dashboards';

export const DASHBOARDS = [mesh, service, workload, gateway, controlPlane];

/** Text of every file, by its path in the workspace. */
export function dashboardFiles() {
  return Object.fromEntries(
    DASHBOARDS.map((dashboard) => [`${FOLDER}/${dashboard.uid}.json`, JSON.stringify(dashboardJson(dashboard))]),
  );
}
