import { textAt } from '../json.ts';

/**
 * `name.namespace` of the resource behind a piece of configuration, from `filter_metadata.istio.config`
 * (`/apis/networking.istio.io/v1/namespaces/NS/virtual-service/NAME`); empty without one.
 */
export function istioConfigOf(config: unknown): string {
  const path = textAt(config, 'metadata', 'filter_metadata', 'istio', 'config').split('/');
  const namespace = path.at(-3);
  const name = path.at(-1);
  return path.length < 7 || namespace === undefined || name === undefined ? '' : `${name}.${namespace}`;
}
