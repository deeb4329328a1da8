import { complaint, type Complaint } from './complaint.ts';
import { isFieldValue } from './names.ts';

const hint = 'write %% for a percent sign, and %NAME% or %NAME(argument)% for a variable';

/**
 * What is wrong with the value of a header that is set, or undefined. `%NAME%` and `%NAME(argument)%` are variables, whose names are
 * not looked at. Source: https://www.envoyproxy.io/docs/envoy/latest/configuration/http/http_conn_man/headers#custom-request-response-headers
 */
export function headerValueProblem(value: string): Complaint | undefined {
  if (!isFieldValue(value))
    return complaint('must not have line breaks or control characters', 'write the value on one line');
  let at = value.indexOf('%');
  while (at >= 0) {
    const end = value[at + 1] === '%' ? at + 2 : endOfVariable(value, at + 1);
    if (typeof end === 'string') return complaint(end, hint);
    at = value.indexOf('%', end);
  }
  return undefined;
}

/** Where a variable ends, after its closing `%`; or why it does not. */
function endOfVariable(value: string, start: number): number | string {
  let at = start;
  while (at < value.length && value[at] !== '%' && value[at] !== '(') at++;
  if (at === value.length) return start === at ? 'ends in a single percent sign' : 'has a variable without an end';
  if (value[at] === '%') return at + 1;
  const closed = endOfArguments(value, at + 1);
  if (typeof closed === 'string') return closed;
  at = skipSpaces(value, closed);
  return value[at] === '%' ? at + 1 : 'has a variable whose ")" no "%" follows';
}

/** After the `)` of `text)` or `["a", "b"])`. As in Envoy, the first character of a text counts as nothing but a part of it. */
function endOfArguments(value: string, start: number): number | string {
  let at = skipSpaces(value, start);
  if (value[at] === '[') at = afterQuote(value, at + 1);
  else at++;
  while (at > 0) {
    const end = endOfText(value, at);
    if (typeof end === 'string' || value[end - 1] === ')') return end;
    at = skipSpaces(value, end);
    if (value[at] === ']') return value[skipSpaces(value, at + 1)] === ')' ? skipSpaces(value, at + 1) + 1 : unclosed;
    if (value[at] !== ',') return 'has a list of arguments in which "," or "]" is missing';
    at = afterQuote(value, at + 1);
  }
  return 'has a list of arguments in which a quotation mark is missing';
}

const unclosed = 'has a list of arguments that no ")" follows';

/** After the quotation mark that comes next; 0 if another character does. */
function afterQuote(value: string, start: number): number {
  const at = skipSpaces(value, start);
  return value[at] === '"' ? at + 1 : 0;
}

/** After the `)` or the quotation mark that ends a text; a backslash escapes. */
function endOfText(value: string, start: number): number | string {
  for (let at = start; at < value.length; at++) {
    if (value[at] === '\\') at++;
    else if (value[at] === ')' || value[at] === '"') return at + 1;
  }
  return 'has a variable without an end';
}

function skipSpaces(value: string, start: number): number {
  let at = start;
  while (value[at] === ' ') at++;
  return at;
}
