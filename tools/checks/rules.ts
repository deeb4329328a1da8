import {
  dependenciesFollowTheLayers,
  everyProjectHasALayer,
  importsFollowTheLayers,
  packagesAreDeclaredAtTheRoot,
  relativeImportsStayInside,
} from './rules/direction.ts';
import {
  driversHaveOneImporter,
  environmentIsReadInSettings,
  pureLayersDoWithoutDrivers,
  pureLayersDoWithoutNode,
} from './rules/purity.ts';
import {
  compilerIsStrict,
  constructorsAreSmall,
  filesAreShort,
  indexesNameTheirExports,
  librariesHaveAReadme,
  noImportCycles,
  noModuleMocks,
  noPathLeavesTheCheckout,
} from './rules/structure.ts';
import type { Rule } from './violation.ts';

/** Every rule of the architecture, by the name that a failing test shows. */
export const RULES = {
  'every project has a layer': everyProjectHasALayer,
  'declared dependencies follow the layers': dependenciesFollowTheLayers,
  'imports follow the layers and are declared': importsFollowTheLayers,
  'relative imports stay inside their project': relativeImportsStayInside,
  'third-party packages are declared at the root': packagesAreDeclaredAtTheRoot,
  'pure layers do without Node': pureLayersDoWithoutNode,
  'pure layers do without frameworks and drivers': pureLayersDoWithoutDrivers,
  'drivers have one importer': driversHaveOneImporter,
  'the environment is read in libs/settings': environmentIsReadInSettings,
  'no import cycles': noImportCycles,
  'every export has a name': indexesNameTheirExports,
  'no module mocks and no forwardRef': noModuleMocks,
  'no path leaves the checkout': noPathLeavesTheCheckout,
  'files have at most 600 lines': filesAreShort,
  'constructors have at most 6 parameters': constructorsAreSmall,
  'the compiler is strict': compilerIsStrict,
  'every library has a README': librariesHaveAReadme,
} as const satisfies Record<string, Rule>;
