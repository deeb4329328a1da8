// Grafana's dashboard JSON from a few words: what all panels and variables have is said here once.
// Source: https://grafana.com/docs/grafana/latest/dashboards/build-dashboards/view-dashboard-json-model/

/** Of Grafana 12. */
const SCHEMA_VERSION = 41;
const COLUMNS = 24;
const DATASOURCE = { type: 'prometheus', uid: '${datasource}' };

/**
 * @typedef {object} Query
 * @property {string} expr PromQL; `$name` is a variable of the dashboard
 * @property {string} legend of each series, `{{label}}` is a label's value
 *
 * @typedef {object} Panel
 * @property {string} title
 * @property {string} description what it shows, and what to look for
 * @property {string} unit Grafana's id of a unit, such as `reqps`
 * @property {Query[]} queries
 * @property {'timeseries' | 'stat' | 'table'} [kind] default: timeseries
 * @property {number} [width] of 24 columns; default 8
 * @property {number} [height] in rows of Grafana's grid; default 8, of stats 4
 * @property {number} [max] of the axis
 * @property {boolean} [stacked]
 * @property {string[]} [columns] of a table: labels in their order; the values of the queries follow, by their legends
 *
 * @typedef {object} Row
 * @property {string} title
 * @property {Panel[]} panels
 *
 * @typedef {object} Variable
 * @property {string} name
 * @property {string} label
 * @property {string} metric selector of the series that have the values
 * @property {string} from label that has the values
 *
 * @typedef {object} Dashboard
 * @property {string} uid
 * @property {string} title
 * @property {string} description
 * @property {Variable[]} variables all values are chosen by default
 * @property {Row[]} rows
 */

/**
 * Grafana's JSON of a dashboard.
 * @param {Dashboard} dashboard
 */
export function dashboardJson({ uid, title, description, variables, rows }) {
  return {
    uid,
    title,
    description,
    tags: ['malla', 'istio'],
    schemaVersion: SCHEMA_VERSION,
    version: 1,
    editable: true,
    graphTooltip: 1,
    refresh: '15s',
    time: { from: 'now-30m', to: 'now' },
    timezone: 'browser',
    templating: { list: [datasourceVariable(), ...variables.map(queryVariable)] },
    annotations: { list: [] },
    links: [
      { type: 'dashboards', tags: ['malla'], title: 'Malla', asDropdown: true, keepTime: true, includeVars: true },
    ],
    panels: placed(rows),
  };
}

function datasourceVariable() {
  return { name: 'datasource', label: 'Data source', type: 'datasource', query: 'prometheus', refresh: 1, hide: 0 };
}

/** @param {Variable} variable */
function queryVariable({ name, label, metric, from }) {
  const query = `label_values(${metric}, ${from})`;
  return {
    name,
    label,
    type: 'query',
    datasource: DATASOURCE,
    definition: query,
    query: { qryType: 1, query, refId: 'PrometheusVariableQueryEditor-VariableQuery' },
    refresh: 2,
    sort: 1,
    multi: true,
    includeAll: true,
    allValue: '.*',
    current: { selected: true, text: ['All'], value: ['$__all'] },
    options: [],
  };
}

/** Rows one below the other, their panels from left to right. */
function placed(rows) {
  const panels = [];
  let id = 0;
  let y = 0;
  for (const { title, panels: ofRow } of rows) {
    panels.push({ id: ++id, type: 'row', title, collapsed: false, gridPos: { h: 1, w: COLUMNS, x: 0, y }, panels: [] });
    y++;
    let x = 0;
    let tallest = 0;
    for (const panel of ofRow) {
      const w = panel.width ?? 8;
      const h = panel.height ?? (panel.kind === 'stat' ? 4 : 8);
      if (x + w > COLUMNS) {
        y += tallest;
        x = 0;
        tallest = 0;
      }
      panels.push({ id: ++id, gridPos: { h, w, x, y }, ...panelJson(panel) });
      x += w;
      tallest = Math.max(tallest, h);
    }
    y += tallest;
  }
  return panels;
}

/** @param {Panel} panel */
function panelJson(panel) {
  const { title, description, unit, queries, kind = 'timeseries', max, stacked = false, columns = [] } = panel;
  const targets = queries.map(({ expr, legend }, index) => ({
    refId: String.fromCharCode('A'.charCodeAt(0) + index),
    datasource: DATASOURCE,
    expr,
    legendFormat: legend,
    ...(kind === 'table' ? { format: 'table', instant: true, range: false } : { range: true }),
  }));
  return {
    type: kind,
    title,
    description,
    datasource: DATASOURCE,
    targets,
    fieldConfig: {
      defaults: { unit, min: 0, ...(max === undefined ? {} : { max }), ...SHAPES[kind](stacked) },
      overrides: kind === 'table' ? tableUnits(queries, unit) : [],
    },
    options: OPTIONS[kind],
    ...(kind === 'table' ? { transformations: tableShape(queries, columns) } : {}),
  };
}

const SHAPES = {
  timeseries: (stacked) => ({
    custom: {
      drawStyle: 'line',
      lineWidth: 1,
      fillOpacity: stacked ? 20 : 5,
      showPoints: 'never',
      stacking: { mode: stacked ? 'normal' : 'none', group: 'A' },
    },
  }),
  stat: () => ({}),
  table: () => ({ custom: { align: 'auto', filterable: true } }),
};

const OPTIONS = {
  timeseries: {
    legend: { displayMode: 'table', placement: 'bottom', calcs: ['lastNotNull', 'max'], showLegend: true },
    tooltip: { mode: 'multi', sort: 'desc' },
  },
  stat: {
    reduceOptions: { calcs: ['lastNotNull'], values: false, fields: '' },
    graphMode: 'area',
    colorMode: 'none',
    textMode: 'auto',
  },
  table: { showHeader: true, cellHeight: 'sm' },
};

/** Queries of a table become columns of one row for each set of labels. */
function tableShape(queries, columns) {
  const values = queries.map(({ legend }, index) => [valueName(queries, index), legend]);
  return [
    { id: 'merge', options: {} },
    {
      id: 'organize',
      options: {
        excludeByName: { Time: true },
        indexByName: Object.fromEntries([...columns, ...values.map(([name]) => name)].map((name, i) => [name, i])),
        renameByName: Object.fromEntries(values),
      },
    },
  ];
}

/** Grafana's name of the value of a query. */
function valueName(queries, index) {
  return queries.length === 1 ? 'Value' : `Value #${String.fromCharCode('A'.charCodeAt(0) + index)}`;
}

/** Columns may have units of their own: `legend [unit]` would be text, so queries carry them. */
function tableUnits(queries, unit) {
  return queries
    .filter((query) => query.unit !== undefined && query.unit !== unit)
    .map(({ legend, unit: own }) => ({
      matcher: { id: 'byName', options: legend },
      properties: [{ id: 'unit', value: own }],
    }));
}
