import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';

/** A query of a panel, with every variable at "All". */
export interface PanelQuery {
  readonly dashboard: string;
  readonly panel: string;
  readonly expr: string;
}

/** Where a variable of a dashboard gets its values. */
export interface VariableQuery {
  readonly dashboard: string;
  readonly name: string;
  readonly selector: string;
  readonly label: string;
}

interface DashboardJson {
  readonly title: string;
  readonly templating: {
    readonly list: readonly { name: string; type: string; definition?: string; allValue?: string }[];
  };
  readonly panels: readonly PanelJson[];
}

interface PanelJson {
  readonly type: string;
  readonly title: string;
  readonly description?: string;
  readonly targets?: readonly { readonly expr: string }[];
  readonly fieldConfig?: { readonly defaults: { readonly unit?: string } };
}

/** Dashboards as Grafana is given them. */
export class Dashboards {
  readonly #dashboards: readonly DashboardJson[];

  constructor(folder: string) {
    this.#dashboards = readdirSync(folder).map(
      (name) => JSON.parse(readFileSync(path.join(folder, name), 'utf8')) as DashboardJson,
    );
  }

  get titles(): readonly string[] {
    return this.#dashboards.map(({ title }) => title);
  }

  /** Panels without a unit or a description. */
  get incomplete(): readonly string[] {
    return this.#panels()
      .filter(({ description, fieldConfig }) => !description || !fieldConfig?.defaults.unit)
      .map(({ title }) => title);
  }

  get queries(): readonly PanelQuery[] {
    return this.#dashboards.flatMap((dashboard) =>
      dashboard.panels.flatMap(({ title, targets = [] }) =>
        targets.map(({ expr }) => ({
          dashboard: dashboard.title,
          panel: title,
          expr: withValues(expr, dashboard),
        })),
      ),
    );
  }

  get variables(): readonly VariableQuery[] {
    return this.#dashboards.flatMap((dashboard) =>
      dashboard.templating.list
        .filter(({ type }) => type === 'query')
        .map(({ name, definition = '' }) => {
          const [, selector = '', label = ''] = /^label_values\((.*), (\w+)\)$/.exec(definition) ?? [];
          return { dashboard: dashboard.title, name, selector: withValues(selector, dashboard), label };
        }),
    );
  }

  #panels(): readonly PanelJson[] {
    return this.#dashboards.flatMap(({ panels }) => panels.filter(({ type }) => type !== 'row'));
  }
}

/** What Grafana makes of an expression: its interval, and each variable's value for "All". @throws Error for a variable that the dashboard has not */
function withValues(expr: string, { title, templating }: DashboardJson): string {
  return expr.replaceAll('$__rate_interval', '2m').replaceAll(/\$(\w+)/g, (_, name: string) => {
    const variable = templating.list.find((each) => each.name === name);
    if (variable?.allValue === undefined) throw new Error(`${title} has no variable ${name}`);
    return variable.allValue;
  });
}
