import { compileLogExpression } from '@malla/ir';
import { attributesOf } from './expression-attributes.ts';
import type { LogFacts } from './log-facts.ts';
import type { OperatorMaker } from './operator.ts';

/** Operators that evaluate an expression in CEL. Whatever it gives is printed as a text, in JSON too. */
export const expressionOperators: Readonly<Record<string, OperatorMaker>> = {
  CEL: (argument) => {
    if (argument === undefined) return undefined;
    const { evaluate } = compileLogExpression(argument, 'label');
    return (facts) => {
      const value = evaluate(attributesOf(facts));
      return value === undefined ? undefined : String(value);
    };
  },
};

/** A condition; false where it has no value. */
export function compileCondition(expression: string): (facts: LogFacts) => boolean {
  const { evaluate } = compileLogExpression(expression, 'condition');
  return (facts) => evaluate(attributesOf(facts)) === true;
}
