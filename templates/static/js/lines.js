/* What a chart of curves has to draw, as numbers: charts.linesOf(plot) → lines, in full length.
     a line: {series, view, xs, raw, ys (smoothed), smoothed, band: {lo, hi}, faint: {xs, ys}, dim, n}
   Here the page's options take effect: the x axis, smoothing, log scales, the range of reduced
   points, groups. A model is {series: […]} or {groups: [{name, color, dash, members: [series]}],
   band: "minmax" | "std" | "stderr" | "none"}: a line for each group, its members dimmed. */
(function () {
  "use strict";

  const { curves, charts } = rf;
  const GRID = 500; // places at which members logged at different steps are averaged

  // ---- the x axis

  /* step, time (since the start), wall (the clock), or m:NAME for another metric. */
  charts.axisOf = function (plot) {
    const asked = charts.options.x;
    const axis = plot.kind === "system" && asked !== "wall" ? "time" : asked;
    const zoom = charts.options.zoom;
    return { axis, zoom: zoom && zoom.axis === axis ? zoom : null };
  };

  /* Where points at these steps and times stand on the axis; null where that is not known. */
  function placesOf(series, axis, { step, time }) {
    if (axis === "step") return step;
    if (axis === "time") return time;
    if (!series.run) return step;
    if (axis === "wall") return time.map((minutes) => (series.run.started || 0) * 1000 + minutes * 60000);
    const other = curves.read(series.run, axis.slice(2));
    if (!other) return step.map(() => null);
    const by = other.mean || other;
    return step.map((at) => curves.at(by.step, by.y, at));
  }

  /* Points in the order of x without those that have no place; the same arrays where all have one. */
  function ordered(xs, columns, positive) {
    let sorted = true;
    for (let at = 0; at < xs.length && sorted; at++) {
      if (xs[at] === null || (positive && !(xs[at] > 0)) || (at && xs[at] < xs[at - 1])) sorted = false;
    }
    if (sorted) return [xs, ...columns];
    const order = Array.from(xs.keys()).filter((at) => xs[at] !== null && (!positive || xs[at] > 0));
    order.sort((a, b) => xs[a] - xs[b]);
    return [xs, ...columns].map((column) => column && order.map((at) => column[at]));
  }

  // ---- one series

  const above = (ys) => ys.map((y) => (y !== null && y > 0 ? y : null));

  function settings(plot) {
    const { axis, zoom } = charts.axisOf(plot);
    const { smooth, way, log, logx, range } = charts.options;
    const system = plot.kind === "system";
    return {
      axis,
      zoom,
      weight: system ? 0 : smooth,
      way,
      log: log && !system,
      logx: logx && axis !== "wall" && !system,
      range,
    };
  }

  const nameOf = (view, set) =>
    [view.name, set.axis, set.weight, set.way, set.log, set.logx, set.range].join("\u0000");

  function lineOf(plot, series, set, count) {
    const view = charts.closeup(plot, series, set.axis, set.zoom, count);
    const name = nameOf(view, set);
    if (!series.line || series.line.name !== name) series.line = { ...made(series, view, set), name };
    series.line.view = view;
    return series.line;
  }

  function made(series, view, set) {
    const { mean } = view;
    const show = mean && (set.range || set.weight > 0) ? mean : view;
    const columns = [show.y, mean && set.range ? mean.lo : null, mean && set.range ? mean.hi : null];
    let [xs, raw, lo, hi] = ordered(placesOf(series, set.axis, show), columns, set.logx);
    if (set.log) {
      raw = above(raw);
      if (lo) [lo, hi] = [above(lo), above(hi)];
    }
    const ys = curves.smooth(xs, raw, set.weight, set.way, gapOf(series, set.axis));
    const smoothed = set.weight > 0;
    return { series, xs, raw, ys, smoothed, band: lo ? { lo, hi } : null, faint: faintOf(), badAt: badOf() };

    function faintOf() {
      if (!smoothed) return null;
      if (show === view || set.range) return { xs, ys: raw };
      const [places, values] = ordered(placesOf(series, set.axis, view), [view.y], set.logx);
      return { xs: places, ys: set.log ? above(values) : values };
    }

    function badOf() {
      if (!view.bad.length) return [];
      const places = placesOf(series, set.axis, view);
      return view.bad.map(([at]) => places[at]).filter((x) => x !== null && (!set.logx || x > 0));
    }
  }

  /* The same gap for every tier, so that a zoom does not change how much is smoothed. */
  function gapOf(series, axis) {
    const [xs] = ordered(placesOf(series, axis, series.mean || series), []);
    return curves.meanGap(xs);
  }

  // ---- groups

  const same = (a, b) => a === b || (a.length === b.length && a.every((x, at) => x === b[at]));

  /* The places of all members, so that there are most where most was logged. */
  function gridOf(lines) {
    const [first, ...others] = lines;
    if (others.every((line) => same(first.xs, line.xs))) return first.xs;
    const all = Float64Array.from(new Set(lines.flatMap((line) => line.xs))).sort();
    const every = Math.max(1, all.length / GRID);
    return Array.from({ length: Math.min(GRID, all.length) }, (_, at) => all[Math.floor(at * every)]);
  }

  const spread = {
    minmax: (values) => [Math.min(...values), Math.max(...values)],
    std: (values, mean, deviation) => [mean - deviation, mean + deviation],
    stderr: (values, mean, deviation) => {
      const error = deviation / Math.sqrt(values.length);
      return [mean - error, mean + error];
    },
    none: () => [null, null],
  };

  /* The mean of the members and the band around it. A member speaks between its first and its last
     point; where fewer than half of them do, the mean ends: it would jump to those that are left. */
  charts.averaged = function (lines, kind) {
    const xs = gridOf(lines);
    const out = { xs, mean: [], lo: [], hi: [], n: [] };
    for (const x of xs) {
      const values = lines.map((line) => curves.at(line.xs, line.raw, x)).filter((y) => y !== null);
      const n = values.length * 2 < lines.length ? 0 : values.length;
      const mean = n ? values.reduce((sum, y) => sum + y / n, 0) : null;
      const squares = values.reduce((sum, y) => sum + (y - mean) * (y - mean), 0);
      const deviation = n > 1 ? Math.sqrt(squares / (n - 1)) : 0;
      // Beyond what a number can hold, the extremes themselves.
      const kindOf = Number.isFinite(2 * deviation) || kind === "none" ? kind : "minmax";
      const [lo, hi] = n ? spread[kindOf](values, mean, deviation) : [null, null];
      out.mean.push(mean);
      out.lo.push(lo);
      out.hi.push(hi);
      out.n.push(n);
    }
    return out;
  };

  function groupLine(group, lines, band, set) {
    const name = [band, ...lines.map((line) => line.name)].join("\u0001");
    if (group.line && group.line.name === name) return group.line;
    const found = charts.averaged(lines, band);
    const gap = curves.meanGap(found.xs);
    const smooth = (ys) => curves.smooth(found.xs, ys, set.weight, set.way, gap);
    const lo = set.log ? above0(found.lo, found.mean) : found.lo;
    group.line = {
      name,
      series: group,
      view: { tier: "all" },
      xs: found.xs,
      raw: found.mean,
      ys: smooth(found.mean),
      smoothed: set.weight > 0,
      band: band === "none" ? null : { lo: smooth(lo), hi: smooth(found.hi) },
      faint: set.weight > 0 ? { xs: found.xs, ys: found.mean } : null,
      badAt: [],
      n: found.n,
    };
    return group.line;
  }

  /* A band that reaches below 0 ends, on a log axis, far below its mean. */
  const above0 = (lo, mean) => lo.map((y, at) => (y === null || y > 0 ? y : mean[at] / 1e6));

  // ---- a plot

  charts.linesOf = function (plot) {
    const { model } = plot;
    const set = settings(plot);
    if (!model.groups) return model.series.map((each) => lineOf(plot, each, set, model.series.length));
    const count = model.groups.reduce((sum, group) => sum + group.members.length, 0);
    return model.groups.flatMap((group) => {
      const members = group.members.map((each) => lineOf(plot, each, set, count));
      const dimmed = members.map((line) => ({ ...line, faint: null, band: null, ys: line.raw, dim: true }));
      return [...(members.length > 1 ? dimmed : []), groupLine(group, members, model.band, set)];
    });
  };
})();
