/* The charts of the compare page: one for each metric of any chosen run, all runs in it.
     rf.compareCharts(place, bar) → {show(runs, keys)}; a run is {id, name, color, dash, payload}.
   A figure stays as long as a chosen run has its metric, so that a new run only adds lines. */
(function () {
  "use strict";

  const { charts, curves } = rf;
  const GROUPED = 12; // more charts than this stand in groups that fold
  const FILTERED = 20; // more than this get a field that finds them by name

  function makeFigure(kind, key) {
    const head = rf.el("figcaption", { class: "card-head" });
    head.append(rf.el("span", { class: "card-title" }, rf.bdi(key)), rf.el("span", { class: "card-note" }));
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
      const prefix = key.includes("/") ? key.slice(0, key.indexOf("/")) : "Metrics";
      groups.set(prefix, [...(groups.get(prefix) || []), key]);
    }
    return groups;
  }

  function systemKeys(runs) {
    return Array.from(new Set(runs.flatMap((run) => curves.keys(run.payload.sys)))).sort();
  }

  /* The runs' series of one metric, in the colours and dashes that they have on this page. */
  function seriesOf(runs, kind, key) {
    const found = [];
    for (const run of runs) {
      const one = curves.read(run.payload, key, kind === "system");
      if (one) found.push(Object.assign(one, { name: run.name, color: run.color, dash: run.dash }));
    }
    return found;
  }

  rf.compareCharts = function (place, bar) {
    const figures = new Map(); // kind and key → figure
    let shown = "";

    function figure(kind, key) {
      const name = kind + "\u0000" + key;
      if (!figures.has(name)) figures.set(name, makeFigure(kind, key));
      return figures.get(name);
    }

    function lay(keys, system) {
      const curve = (some) => some.map((key) => figure("curve", key));
      const parts =
        keys.length > GROUPED
          ? Array.from(byPrefix(keys), ([prefix, some]) => group(prefix, curve(some), true))
          : [grid(curve(keys))];
      if (system.length) {
        const machine = system.map((key) => figure("system", key));
        parts.push(group("System", machine, false));
      }
      if (!keys.length) {
        parts.unshift(rf.notice("The chosen runs have no metric to draw; their params are below.", "info"));
      }
      place.replaceChildren(...parts);
      charts.prune();
      for (const [name, node] of figures) if (!node.isConnected) figures.delete(name);
      rf.begin(place);
      const search = bar.querySelector("input[type=search]");
      search.hidden = keys.length <= FILTERED;
      rf.chartbar.filter(search.hidden ? "" : search.value);
    }

    function give(runs, kind, key) {
      const node = figure(kind, key);
      const series = seriesOf(runs, kind, key);
      const absent = runs.length - series.length;
      node.querySelector(".card-note").textContent = absent ? "missing in " + rf.counted(absent, "run") : "";
      charts.of(node).summary = key + " of " + series.map((one) => one.name).join(", ");
      charts.set(node, { series });
    }

    return {
      show(runs, keys) {
        const system = systemKeys(runs);
        const layout = JSON.stringify([keys, system]);
        if (layout !== shown) lay(keys, system);
        shown = layout;
        for (const key of keys) give(runs, "curve", key);
        for (const key of system) give(runs, "system", key);
      },
    };
  };
})();
