import { celTypes, listOf, optionalOf } from '../cel-type.ts';
import { CelOptional } from '../cel-value.ts';
import { overload, type FunctionTable } from '../overload.ts';

/** A form of names, as Kubernetes defines it. */
class CelFormat {
  constructor(
    readonly longest: number,
    readonly pattern: RegExp,
    readonly message: string,
  ) {}
}

const label = '[a-z0-9](?:[-a-z0-9]*[a-z0-9])?';
const label1035 = '[a-z](?:[-a-z0-9]*[a-z0-9])?';
const dnsMessage = 'must consist of lower case alphanumeric characters, "-" or "."';

const formats: Readonly<Record<string, CelFormat>> = {
  dns1123Label: new CelFormat(63, new RegExp(`^${label}$`), dnsMessage),
  dns1123Subdomain: new CelFormat(253, new RegExp(`^${label}(?:\\.${label})*$`), dnsMessage),
  dns1035Label: new CelFormat(63, new RegExp(`^${label1035}$`), `${dnsMessage}, starting with a letter`),
  labelValue: new CelFormat(63, /^(?:[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?)?$/, 'must be a label value'),
  uuid: new CelFormat(36, /^[0-9a-f]{8}-?(?:[0-9a-f]{4}-?){3}[0-9a-f]{12}$/i, 'must be a UUID'),
};

function problems({ longest, pattern, message }: CelFormat, text: string): string[] {
  if (text.length > longest) return [`must be no more than ${longest} characters`];
  return pattern.test(text) ? [] : [message];
}

/** `[prefix/]name`, each part with limits of its own. */
class QualifiedName extends CelFormat {
  constructor() {
    super(63, /^[A-Za-z0-9](?:[-A-Za-z0-9_.]*[A-Za-z0-9])?$/, 'must be a qualified name such as example.com/name');
  }
}

function validate(format: CelFormat, text: string): CelOptional {
  const found = format instanceof QualifiedName ? qualified(format, text) : problems(format, text);
  return found.length === 0 ? CelOptional.none : new CelOptional(found);
}

function qualified(format: CelFormat, text: string): string[] {
  const parts = text.split('/');
  if (parts.length > 2) return [format.message];
  const prefix = parts.length === 2 ? problems(formats['dns1123Subdomain'] as CelFormat, parts[0] as string) : [];
  return [...prefix, ...problems(format, parts.at(-1) as string)];
}

const all: Readonly<Record<string, CelFormat>> = { ...formats, qualifiedName: new QualifiedName() };

/** `format.dns1123Label()` and the like. Source: k8s.io/apiserver/pkg/cel/library/format.go */
export const formatFunctions: FunctionTable = Object.fromEntries(
  Object.entries(all).map(([name, format]) => [`format.${name}`, [overload([], celTypes.format, () => format)]]),
);

/** `validate` gives what is wrong, or nothing. */
export const formatMethods: FunctionTable = {
  validate: [
    overload(['format', 'string'], optionalOf(listOf(celTypes.string)), (_, format: CelFormat, text: string) =>
      validate(format, text),
    ),
  ],
};
