/**
 * Bits of each byte's code, and of the end of string (256). The code is canonical: codes of one length are consecutive in the order of their bytes, so
 * the lengths say all. Source: RFC 7541, appendix B
 */
// prettier-ignore
export const codeLengths: readonly number[] = [
  13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28,
  28, 28, 28, 28, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 28,
  6, 10, 10, 12, 13, 6, 8, 11, 10, 10, 8, 11, 8, 6, 6, 6,
  5, 5, 5, 6, 6, 6, 6, 6, 6, 6, 7, 8, 15, 6, 12, 10,
  13, 6, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7,
  7, 7, 7, 7, 7, 7, 7, 7, 8, 7, 8, 13, 19, 13, 14, 6,
  15, 5, 6, 5, 6, 5, 6, 6, 6, 5, 7, 7, 6, 6, 6, 5,
  6, 7, 6, 5, 5, 6, 7, 7, 7, 7, 7, 15, 11, 14, 13, 28,
  20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
  24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24,
  22, 21, 20, 22, 22, 23, 23, 21, 23, 22, 22, 24, 21, 22, 23, 23,
  21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
  26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25,
  19, 21, 26, 27, 27, 26, 27, 24, 21, 21, 26, 26, 28, 27, 27, 27,
  20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
  26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26,
  30,
];

const endOfString = 256;

/** Each byte's code in the low bits of a number; the length is in {@link codeLengths}. */
export const codes: Uint32Array = assignCodes();

function assignCodes(): Uint32Array {
  const assigned = new Uint32Array(257);
  const order = codeLengths.map((_, symbol) => symbol);
  order.sort((a, b) => (codeLengths[a] as number) - (codeLengths[b] as number) || a - b);
  let code = 0;
  let length = codeLengths[order[0] as number] as number;
  for (const symbol of order) {
    const next = codeLengths[symbol] as number;
    code *= 2 ** (next - length);
    length = next;
    assigned[symbol] = code;
    code++;
  }
  return assigned;
}

/** Set in an entry of {@link transitions} when its low 8 bits are a decoded byte. */
export const emits = 0x100;
/** Set when the string may end in the entry's state: what was read since the last byte is at most 7 ones, so it is padding. */
export const mayEnd = 0x200;
/** Set when the bits are no code: the end of string may not be coded. */
export const fails = 0x400;
/** The entry's next state is above this many bits. */
export const stateShift = 11;

/** What to do in a state (an inner node of the code's tree) on 4 more bits: entry `state * 16 + bits`. */
export const transitions: Int32Array = buildTransitions();

interface TreeNode {
  readonly children: [TreeNode | number | undefined, TreeNode | number | undefined];
  readonly state: number;
  readonly mayEnd: boolean;
}

function buildTransitions(): Int32Array {
  const nodes: TreeNode[] = [];
  const newNode = (onlyOnes: number): TreeNode => {
    const node: TreeNode = { children: [undefined, undefined], state: nodes.length, mayEnd: onlyOnes <= 7 };
    nodes.push(node);
    return node;
  };
  const root = newNode(0);
  for (let symbol = 0; symbol <= endOfString; symbol++) {
    let node = root;
    let ones = 0;
    for (let bit = (codeLengths[symbol] as number) - 1; bit > 0; bit--) {
      const branch = ((codes[symbol] as number) >>> bit) & 1;
      ones = branch === 1 ? ones + 1 : Number.POSITIVE_INFINITY;
      node = (node.children[branch] ??= newNode(ones)) as TreeNode;
    }
    node.children[(codes[symbol] as number) & 1] = symbol;
  }
  const table = new Int32Array(nodes.length * 16);
  for (const node of nodes)
    for (let bits = 0; bits < 16; bits++) table[node.state * 16 + bits] = walk(root, node, bits);
  return table;
}

function walk(root: TreeNode, from: TreeNode, bits: number): number {
  let node = from;
  let entry = 0;
  for (let bit = 3; bit >= 0; bit--) {
    const next = node.children[(bits >>> bit) & 1];
    if (next === undefined || next === endOfString) return fails;
    if (typeof next === 'number') {
      entry |= emits | next;
      node = root;
    } else {
      node = next;
    }
  }
  return entry | (node.state << stateShift) | (node.mayEnd ? mayEnd : 0);
}
