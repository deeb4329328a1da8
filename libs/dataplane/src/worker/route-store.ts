import type { RouteTableConfig } from '@malla/proxy-config';
import type { RouteTables } from '../runtime/services.ts';

/** Route tables by their RDS names. */
export class RouteStore implements RouteTables {
  readonly #tables = new Map<string, RouteTableConfig>();

  get(name: string): RouteTableConfig | undefined {
    return this.#tables.get(name);
  }

  apply(tables: readonly RouteTableConfig[]): void {
    for (const table of tables) this.#tables.set(table.name, table);
  }

  remove(names: readonly string[]): void {
    for (const name of names) this.#tables.delete(name);
  }
}
