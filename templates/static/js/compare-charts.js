/* The charts of the compare page: one for each metric of any chosen run, all columns in it; what no
   run logged more than once is shown by compare-values.js.
     rf.compareCharts(place, bar) → {show(columns, keys, {grouped, band, chosen})}
   A figure stays as long as a chosen run has its metric, so that a new run only adds lines. */
(function () {
  "use strict";

  const { charts, curves } = rf;
  const GROUPED = 12; // more charts than this stand in groups that fold
  const OPENED = 36; // groups after so many charts begin closed
  const FILTERED = 20; // more than this get a field that finds them by name

  function makeFigure(kind, key) {
    const head = rf.el("figcaption", { class: "card-head" });
    head.append(rf.el("span", { class: "card-title" }, rf.bdi(key)), rf.el("span", { class: "card-note" }));
    if (kind === "values") {
      const body = rf.el("div", { class: "values-body" });
      return rf.el("figure", { class: "chart card", "data-title": key }, head, body);
    }
    const body = rf.el("div", { class: "chart-body", role: "img", "aria-label": key });
    const about = { class: "chart card", "data-rf": "chart", "data-chart": kind, "data-title": key };
    return rf.el("figure", about, head, body);
  }

  const grid = (figures) => rf.el("div", { class: "chart-grid wide" }, ...figures);

  function group(title, figures, open) {
    const count = rf.el("span", { class: "faint num" }, figures.length);
    const summary = rf.el("summary", null, rf.icon("chevron"), rf.bdi(title), " ", count);
    return rf.el("details", { class: "chart-group", open }, summary, grid(figures));
  }

  function byPrefix(keys) {
    const groups = new Map();
    for (const key of keys) {
      const prefix = key.includes("/") ? key.slice(0, key.indexOf("/")) : rf.t("Metrics");
      groups.set(prefix, [...(groups.get(prefix) || []), key]);
    }
    return groups;
  }

  function systemKeys(runs) {
    return Array.from(new Set(runs.flatMap((run) => curves.keys(run.payload.sys)))).sort();
  }

  /* A run's series of one metric, in the colour and dash that its column has on this page. */
  function seriesOf(column, kind, key) {
    const read = (run) => {
      const one = curves.read(run.payload, key, kind === "system");
      return one && Object.assign(one, { name: run.name, color: column.color, dash: column.dash });
    };
    return column.runs.map(read).filter(Boolean);
  }

  function groupOf(column, kind, key) {
    const members = seriesOf(column, kind, key);
    const { id, name, color, dash } = column;
    return { id, name, key, color, dash, members, bad: [], y: null };
  }

  rf.compareCharts = function (place, bar) {
    const figures = new Map(); // kind and key → figure
    let shown = "";
    let last = null;
    document.addEventListener("rf:options", () => {
      if (last && rf.compareValues.byMetric() !== last.byMetric) draw(last);
    });

    function figure(kind, key) {
      const name = kind + "\u0000" + key;
      if (!figures.has(name)) figures.set(name, makeFigure(kind, key));
      return figures.get(name);
    }

    const kindsOf = ({ columns, keys }) =>
      keys.map((key) => (rf.compareValues.fits(columns, key) ? "values" : "curve"));

    function lay(keys, kinds, system) {
      const kind = new Map(keys.map((key, place) => [key, kinds[place]]));
      const curve = (some) => some.map((key) => figure(kind.get(key), key));
      let above = 0;
      const open = (some) => (above += some.length) - some.length < OPENED;
      const parts =
        keys.length > GROUPED
          ? Array.from(byPrefix(keys), ([prefix, some]) => group(prefix, curve(some), open(some)))
          : [grid(curve(keys))];
      if (system.length) {
        const machine = system.map((key) => figure("system", key));
        parts.push(group(rf.t("System"), machine, false));
      }
      if (!keys.length) {
        parts.unshift(rf.notice(rf.t("The chosen runs have no metric to draw; their params are below."), "info"));
      }
      place.replaceChildren(...parts);
      charts.prune();
      for (const [name, node] of figures) if (!node.isConnected) figures.delete(name);
      rf.begin(place);
      const search = bar.querySelector("input[type=search]");
      search.hidden = keys.length <= FILTERED;
      rf.chartbar.filter(search.hidden ? "" : search.value);
    }

    function modelOf(columns, kind, key, view) {
      if (!view.grouped) return { series: columns.flatMap((column) => seriesOf(column, kind, key)) };
      const groups = columns.map((column) => groupOf(column, kind, key));
      return { groups: groups.filter((group) => group.members.length), band: view.band };
    }

    function give(columns, kind, key, view) {
      const node = figure(kind, key);
      const lines = kind === "values" ? values(node, columns, key) : curvesOf(node, columns, kind, key, view);
      const runs = columns.reduce((sum, column) => sum + column.runs.length, 0);
      const have = lines.reduce((sum, line) => sum + (line.members ? line.members.length : 1), 0);
      const absent = runs - have;
      const words = absent === 1 ? rf.t("missing in 1 run") : rf.t("missing in {n} runs", { n: absent });
      node.querySelector(".card-note").textContent = absent ? words : "";
    }

    /* As a line each: the columns that it shows, with the runs that have the metric. */
    const values = (node, columns, key) =>
      rf.compareValues.fill(node, columns, key).map((column) => ({ members: seriesOf(column, "curve", key) }));

    function curvesOf(node, columns, kind, key, view) {
      const model = modelOf(columns, kind, key, view);
      const lines = model.groups || model.series;
      const names = lines.map((one) => one.name).join(", ");
      charts.of(node).summary = rf.t("{metric} of {names}", { metric: key, names });
      charts.set(node, model);
      return lines;
    }

    function draw(given) {
      const { columns, keys, view } = given;
      const system = systemKeys(columns.flatMap((column) => column.runs));
      const kinds = kindsOf(given);
      last = { ...given, byMetric: rf.compareValues.byMetric() };
      const layout = JSON.stringify([keys, kinds, system]);
      if (layout !== shown) lay(keys, kinds, system);
      shown = layout;
      keys.forEach((key, place) => give(columns, kinds[place], key, view));
      for (const key of system) give(columns, "system", key, view);
    }

    return { show: (columns, keys, view) => draw({ columns, keys, view }) };
  };
})();
