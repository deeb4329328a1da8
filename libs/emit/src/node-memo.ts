/**
 * Remembers what was made of an immutable node, as long as the node lives. IR nodes keep their identity while nothing
 * that they were made of changes, so identity is the key.
 */
export class NodeMemo<Node extends object, Result> {
  readonly #results = new WeakMap<Node, Result>();

  /** The result for this node, made at most once. */
  of(node: Node, make: (node: Node) => Result): Result {
    const known = this.#results.get(node);
    if (known !== undefined) return known;
    const result = make(node);
    this.#results.set(node, result);
    return result;
  }
}
