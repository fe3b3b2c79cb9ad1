/* A kind of chart: pair, runs as dots at two of their numbers, in a colour each or by a third one.
     model {runs: [{id, name, path, color}], x, y, by}; x, y, by: {label, v: [number|text|null], log}
   A text axis gets a place for each text; dots of one place stand apart by the run's id. */
(function () {
  "use strict";

  const { curves, charts } = rf;
  const SCALE = 5; // colours from low to high: --scale-0 … in charts.css
  const SIZE = 70;

  const isText = (values) => values.some((value) => typeof value === "string");

  /* -0.5..0.5 from the run's id, so that a redraw never moves a dot. */
  function apart(id) {
    let hash = 2166136261;
    for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 16777619) >>> 0;
    return (hash % 997) / 997 - 0.5;
  }

  function padded([low, high]) {
    if (low === high) return curves.nice(low, high, 4);
    const room = (high - low) * 0.05;
    return [low - room, high + room];
  }

  function axisOf(side, runs) {
    if (!isText(side.v)) {
      const positive = side.v.every((value) => value === null || value > 0);
      const log = Boolean(side.log) && positive;
      const extent = curves.extent(side.v) || [0, 1];
      return { at: side.v, names: [], log, domain: log ? curves.niceLog(...extent) : padded(extent) };
    }
    const names = Array.from(new Set(side.v.filter((value) => value !== null).map(String))).sort();
    const place = new Map(names.map((name, at) => [name, at]));
    const spread = (value, at) =>
      value === null ? null : place.get(String(value)) + apart(runs[at].id) * (names.length > 1 ? 0.34 : 0.2);
    return { at: side.v.map(spread), names, log: false, domain: [-0.5, names.length - 0.5] };
  }

  /* The colour of each dot, and what the colours mean. */
  function colorsOf(model) {
    const own = (run) => "var(--run-" + (run.color % 8) + ")";
    if (!model.by) return { of: model.runs.map(own), legend: [] };
    const { v } = model.by;
    if (isText(v)) {
      const names = Array.from(new Set(v.filter((value) => value !== null).map(String))).sort();
      const color = (value) => "var(--run-" + (names.indexOf(String(value)) % 8) + ")";
      const of = v.map((value) => (value === null ? "var(--faint)" : color(value)));
      return { of, legend: names.slice(0, 8).map((name) => [color(name), name]) };
    }
    const [low, high] = curves.extent(v) || [0, 1];
    const step = (value) => Math.round(high > low ? ((value - low) / (high - low)) * (SCALE - 1) : 0);
    const color = (number) => "var(--scale-" + number + ")";
    const of = v.map((value) => (value === null ? "var(--faint)" : color(step(value))));
    const ends = high > low ? [[color(0), rf.number(low)], [color(SCALE - 1), rf.number(high)]] : [];
    return { of, legend: ends };
  }

  const text = (value) =>
    value === null || value === undefined ? "–" : typeof value === "number" ? rf.number(value) : String(value);

  function draw(plot, box) {
    const { runs, x: across, y: up, by } = plot.model;
    const [ax, ay] = [axisOf(across, runs), axisOf(up, runs)];
    const shown = runs.map((_, at) => at).filter((at) => ax.at[at] !== null && ay.at[at] !== null);
    if (!shown.length) return { empty: rf.t("No run has both values.") };
    const x = curves.scale(...ax.domain, 0, box.width, ax.log);
    const y = curves.scale(...ay.domain, box.height, 0, ay.log);
    const colors = colorsOf(plot.model);
    plot.legend = colors.legend;
    const lines = (at) => [across, up, by].filter(Boolean).map((side) => [side.label, text(side.v[at])]);
    return {
      form: [ax.log, ay.log, ax.names.length, ay.names.length].join(),
      variant: [ax.log && "xlog", ay.log && "ylog"].filter(Boolean).join(" "),
      data: {
        cloud: [],
        dots: shown.map((at) => ({ f0: ax.at[at], f1: ay.at[at], f3: colors.of[at], f5: 0.9, f6: SIZE })),
      },
      params: {
        xd: ax.domain,
        yd: ay.domain,
        names: ax.names,
        ynames: ay.names,
        xvalues: charts.upright(ax.names),
        yvalues: charts.upright(ay.names),
        xmin: ax.names.length ? 1 : 0,
      },
      remark: shown.length < runs.length ? rf.t("{n} without both", { n: runs.length - shown.length }) : "",
      points: shown.map((at) => ({
        x: x(ax.at[at]),
        y: y(ay.at[at]),
        name: runs[at].name,
        href: runs[at].path,
        lines: lines(at),
      })),
    };
  }

  /* What the colours mean, below the chart. */
  function showLegend(plot) {
    const old = plot.figure.querySelector(".pair-legend");
    if (old) old.remove();
    if (!plot.legend || !plot.legend.length) return;
    const item = ([color, name]) => {
      const dot = rf.svg("circle", { cx: 5, cy: 5, r: 5, fill: color });
      const swatch = rf.svg("svg", { width: 10, height: 10, "aria-hidden": "true" }, dot);
      return rf.el("li", null, swatch, rf.bdi(name));
    };
    const label = rf.el("li", { class: "muted" }, rf.bdi(plot.model.by.label));
    plot.body.after(rf.el("ul", { class: "pair-legend" }, label, ...plot.legend.map(item)));
  }

  function overlay(plot) {
    const picked = charts.pick(plot);
    const place = () => {
      picked.place();
      showLegend(plot);
    };
    return { ...picked, place };
  }

  charts.kind("pair", { draw, overlay, margin: { left: 64 } });
})();
