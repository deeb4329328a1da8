import type { Labels } from './labels.ts';
import { items, text, textMap, texts } from './read.ts';

/**
 * Whether a Kubernetes label selector (matchLabels, matchExpressions) takes labels. Undefined takes all; one that is not valid takes
 * nothing. Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export function labelSelectorTakes(selector: unknown, labels: Labels): boolean {
  if (selector === undefined || selector === null) return true;
  const equal = Object.entries(textMap(selector, 'matchLabels'));
  if (equal.some(([key, value]) => labels[key] !== value)) return false;
  return items(selector, 'matchExpressions').every((expression) => {
    const value = labels[text(expression, 'key')];
    const values = texts(expression, 'values');
    switch (text(expression, 'operator')) {
      case 'In':
        return value !== undefined && values.includes(value);
      case 'NotIn':
        return value === undefined || !values.includes(value);
      case 'Exists':
        return value !== undefined;
      case 'DoesNotExist':
        return value === undefined;
      default:
        return false;
    }
  });
}
