// CustomResourceDefinitions below k8s/crds, one file for each kind, from the model; `kubectl apply -k k8s/crds` installs them.
import { customResourceDefinition, kinds } from '@malla/model';
import { stringify } from 'yaml';

const NOTE = '# Generated from libs/model by tools/reference/generate.mjs: change the model, then run npm run gen.\n';

/** Long lines stay one line: folded rules and descriptions would be harder to read and to compare. */
const OPTIONS = { lineWidth: 0, aliasDuplicateObjects: false };

const yaml = (object) => NOTE + stringify(object, OPTIONS);

/** The files by name: one for each kind, and the kustomization that lists them. @returns {Record<string, string>} */
export function crdFiles() {
  const files = {};
  for (const definition of kinds) {
    const crd = customResourceDefinition(definition);
    if (crd !== undefined) files[`${definition.group}_${definition.plural}.yaml`] = yaml(crd);
  }
  const resources = Object.keys(files).sort();
  return {
    ...files,
    'kustomization.yaml': yaml({ apiVersion: 'kustomize.config.k8s.io/v1beta1', kind: 'Kustomization', resources }),
  };
}
