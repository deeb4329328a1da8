import { isMap, isScalar, Scalar, visit, type Document, type YAMLSeq } from 'yaml';

/** An IPv6 prefix whose last colon was read as that of a key. */
const prefix = /^[0-9A-Fa-f]{1,4}(:[0-9A-Fa-f]{1,4})*:$/;

/**
 * Reads `[2001:db8::]` as a list of texts. YAML 1.2 takes the last colon for the end of a key there, since a bracket follows; the parser of
 * kubectl and Istio does not.
 */
export function keepAddressScalars(document: Document.Parsed): void {
  visit(document, {
    Seq(_key, list: YAMLSeq) {
      if (list.flow === true) list.items = list.items.map((item) => addressOf(item) ?? item);
    },
  });
}

function addressOf(item: unknown): Scalar | undefined {
  if (!isMap(item) || item.items.length !== 1) return undefined;
  const [pair] = item.items;
  const isEmpty = pair?.value === null || (isScalar(pair?.value) && pair.value.value === null);
  if (!isEmpty || !isScalar(pair?.key) || typeof pair.key.value !== 'string' || !prefix.test(pair.key.value))
    return undefined;
  const scalar = new Scalar(`${pair.key.value}:`);
  scalar.range = item.range ?? null;
  return scalar;
}
