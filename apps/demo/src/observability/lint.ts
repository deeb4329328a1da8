import { spawnSync } from 'node:child_process';

/**
 * Names that others have given: Istio's, Kubernetes', gRPC's, those of Envoy's statistics and of prom-client. What promtool says of them is theirs. And
 * one of ours that has the unit of Istio's `istio_request_duration_milliseconds`, as it is read beside it.
 */
const namedByOthers =
  /^(istio_(?!agent_scrape)|pilot_|citadel_|galley_|endpoint_no_pod|apiserver_|grpc_server_|envoy_|process_|nodejs_|malla_service_request_duration_milliseconds )/;

/** What `promtool check metrics` has to say of names that are ours. @throws Error when the page is no page of metrics */
export function lintOf(page: string): readonly string[] {
  const { status, stdout, stderr, error } = spawnSync('promtool', ['check', 'metrics'], {
    input: page,
    encoding: 'utf8',
  });
  if (error) throw error;
  const said = `${stdout}${stderr}`.split('\n').filter((line) => line !== '');
  // 3: it found something; anything else but 0 is a page that it cannot read.
  if (status !== 0 && status !== 3) throw new Error(`promtool: ${said.join('; ')}`);
  return said.filter((line) => !namedByOthers.test(line));
}

/** Runs promtool. @throws Error with what it says when it is not content */
export function promtool(...args: readonly string[]): void {
  const { status, stdout, stderr, error } = spawnSync('promtool', args, { encoding: 'utf8' });
  if (error) throw error;
  if (status !== 0) throw new Error(`promtool ${args.join(' ')}: ${stdout}${stderr}`);
}
