import { renderColumns } from './table.ts';

/** Accept header that asks for a Table, and takes objects from a server that has none. */
export const tableType = 'application/json;as=Table;v=v1;g=meta.k8s.io,application/json';

/** A Table of meta.k8s.io/v1, as the server answers: https://kubernetes.io/docs/reference/using-api/api-concepts/#receiving-resources-as-tables */
export interface ServerTable {
  readonly kind?: string;
  readonly columnDefinitions?: readonly { readonly name: string; readonly priority?: number }[];
  readonly rows?: readonly {
    readonly cells: readonly unknown[];
    readonly object?: { readonly metadata?: { readonly namespace?: string } };
  }[];
  /** Present when the server answered with objects instead of a table. */
  readonly items?: readonly PlainObject[];
  readonly metadata?: { readonly name?: string; readonly namespace?: string; readonly resourceVersion?: string };
}

interface PlainObject {
  readonly metadata?: { readonly name?: string; readonly namespace?: string };
}

export interface ResourceTableParams {
  /** Also columns of lower priority. */
  readonly wide: boolean;
  readonly withNamespace: boolean;
  /** Before each name: the kind, when several are shown. */
  readonly prefix: string;
}

/** The rows of one kind, from one or several answers of the server. A server that knows no tables gives names alone. */
export class ResourceTable {
  readonly #params: ResourceTableParams;
  #columns: readonly { readonly name: string; readonly index: number }[] = [];
  readonly #rows: string[][] = [];
  #widths: number[] = [];

  constructor(params: ResourceTableParams) {
    this.#params = params;
  }

  get empty(): boolean {
    return this.#rows.length === 0;
  }

  add(answer: ServerTable): void {
    const table = answer.kind === 'Table' ? answer : tableOfObjects(answer);
    const shown = (table.columnDefinitions ?? []).map(({ name, priority = 0 }, index) => ({ name, priority, index }));
    if (shown.length > 0) this.#columns = shown.filter((c) => this.#params.wide || c.priority === 0);
    for (const { cells, object } of table.rows ?? []) {
      const row = this.#columns.map(({ index }) => text(cells[index]));
      row[0] = `${this.#params.prefix}${row[0] ?? ''}`;
      this.#rows.push(this.#params.withNamespace ? [object?.metadata?.namespace ?? '', ...row] : row);
    }
  }

  render(headers: boolean): string {
    const rendered = renderColumns(this.#headers(), this.#rows);
    return headers ? rendered : rendered.slice(rendered.indexOf('\n') + 1);
  }

  /** The rows of one answer of a watch: aligned with those before as far as they fit. */
  renderNext(answer: ServerTable, options: { readonly headers: boolean; readonly deleted: boolean }): string {
    this.#rows.length = 0;
    this.add(answer);
    if (options.deleted) for (const row of this.#rows) row[row.length - 1] += ' (deleted)';
    const headers = this.#headers();
    this.#widths = headers.map((h, i) =>
      Math.max(this.#widths[i] ?? 0, h.length, ...this.#rows.map((r) => (r[i] ?? '').length)),
    );
    const render = (line: readonly string[]) => line.map((cell, i) => cell.padEnd((this.#widths[i] ?? 0) + 3)).join('');
    const lines = [...(options.headers ? [headers] : []), ...this.#rows];
    return lines.map((line) => `${render(line).trimEnd()}\n`).join('');
  }

  #headers(): string[] {
    const names = this.#columns.map((c) => c.name.toUpperCase());
    return this.#params.withNamespace ? ['NAMESPACE', ...names] : names;
  }
}

function tableOfObjects(answer: ServerTable): ServerTable {
  const objects = answer.items ?? [answer];
  return {
    columnDefinitions: [{ name: 'Name' }],
    rows: objects.map((object) => ({ cells: [object.metadata?.name], object })),
  };
}

function text(value: unknown): string {
  if (value === null || value === undefined) return '';
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}
