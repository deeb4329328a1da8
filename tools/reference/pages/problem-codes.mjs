// Codes of problems of resources: what is wrong with one resource, or with it among others.
import { problemCodes } from '@malla/model';
import { analysisCodes } from '@malla/validate';
import { page, table } from '../markdown.mjs';

const INTRODUCTION = `Every complaint about a resource has a code: in \`mallactl\`'s output (\`file:line:column: error CODE path: message; next step\`) and in
\`Problem.code\` of \`@malla/model\`. An error refuses the resource; a warning is reported and the resource is accepted. All problems come at once, each with
the field, the rule in words and what to do. Codes \`IST....\` mean what they mean in
[Istio's analysis](https://istio.io/latest/docs/reference/config/analysis/); codes \`MAL....\` are Malla's own. \`mallactl analyze\` has more of both.`;

/** By code: level, meaning, what to do. */
const MEANINGS = {
  MAL0001: ['error', 'not YAML or JSON', 'mend the syntax at the place given'],
  MAL0002: ['error', 'a key stands twice in one object', 'keep one: a reader would silently take the last'],
  MAL0003: ['error', 'too many bytes, anchors or levels of nesting', 'split the file, write anchors out'],
  MAL0004: ['error', 'not a resource: no apiVersion, kind or metadata.name', 'add the field named'],
  MAL0011: ['error', 'no such kind in this API group', 'see the hint; kinds are case-sensitive'],
  MAL0013: ['error', 'the kind is known, this apiVersion of it is not', 'use one of those listed'],
  MAL0021: ['error', 'no such field', 'see the hint; fields are case-sensitive'],
  MAL0024: ['error', 'a cluster-scoped object with a namespace', 'remove the namespace'],
  MAL0025: ['warning', 'valid and stored, but the mesh does not act on it yet', 'see [support.md](support.md)'],
  IST0106: [
    'error',
    'wrong type, range, format or combination, or a rule that is broken',
    'see the message and the hint',
  ],
  IST0130: [
    'warning',
    'a rule that is never used, because an earlier one takes all its traffic',
    'reorder or remove it',
  ],
  IST0131: ['warning', 'a match without effect, because an earlier one covers it', 'remove it'],
  IST0133: ['warning', 'accepted, but probably not what was meant', 'see the message and the hint'],
};

/** Malla's codes first. */
const order = (code) => code.replace(/^MAL/, '0').replace(/^IST/, '1');

/** docs/reference/problem-codes.md */
export function problemCodesPage() {
  const codes = [...new Set([...Object.values(problemCodes), ...Object.values(analysisCodes)])];
  const rows = codes
    .toSorted((a, b) => order(a).localeCompare(order(b)))
    .map((code) => {
      if (MEANINGS[code] === undefined)
        throw new Error(`tools/reference/pages/problem-codes.mjs does not say what ${code} means`);
      return [code, ...MEANINGS[code]];
    });
  return page('Codes of problems', INTRODUCTION, [
    table(['code', 'level', 'what it means', 'what to do'], rows),
    'What a resource is among others is told by [analysis](analysis.md); on a write as warnings, since resources may be applied in any order.',
  ]);
}
