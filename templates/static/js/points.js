/* Kinds of charts of many runs, one dot each: progress (best so far over time) and scatter (metric
   against a param). Their numbers come from the figure's data block or through rf.charts.set:
     progress {metric, dir, runs: [[id, name, path]], t: [ms], y}
     scatter  {metric, dir, runs, y, params: [{key, label, kind: num|cat, log, v}], param}
   Thousands of dots are one shape; only those that stand out are marks of their own. */
(function () {
  "use strict";

  const { curves, charts } = rf;
  const CLOUD = { f3: "var(--faint)", f5: 0.5 };

  charts.cloud = (coordinates, look) =>
    coordinates.length
      ? [Object.assign({ type: "Feature", geometry: { type: "MultiPoint", coordinates } }, look)]
      : [];

  /* A domain for y that a few failed runs cannot flatten: values far beyond the middle 90 % lie on
     the edge, on the worse side only. */
  function robust(values, direction) {
    const sorted = values.slice().sort((a, b) => a - b);
    const at = (share) => sorted[Math.round(share * (sorted.length - 1))];
    let [low, high] = [sorted[0], sorted[sorted.length - 1]];
    const spread = at(0.95) - at(0.1);
    if (sorted.length >= 8 && spread > 0) {
      if (direction > 0) low = Math.max(low, at(0.1) - 3 * spread);
      else high = Math.min(high, at(0.9) + 3 * (at(0.9) - at(0.05)));
    }
    return curves.nice(low, high, 5);
  }

  const beyond = (values, [low, high]) => values.filter((y) => y < low || y > high).length;

  function remark(count, edge) {
    return count ? rf.t("{runs} beyond the {edge} edge", { runs: rf.counted(count, "run"), edge }) : "";
  }

  const edgeWord = (direction) => (direction > 0 ? rf.t("lower") : rf.t("upper"));

  /* Runs with a value, as {run, y, x}; `x` from the list beside. */
  function known(model, xs) {
    const found = [];
    model.y.forEach((y, at) => {
      if (y !== null && xs[at] !== null && xs[at] !== undefined)
        found.push({ run: model.runs[at], x: xs[at], y });
    });
    return found;
  }

  const target = (each, x, y, lines) => ({
    x,
    y,
    name: each.run[1] || each.run[0],
    href: each.run[2] ? rf.link(each.run[2]) : rf.runLink(each.run[0]),
    lines,
  });

  const spot = (x, y, color, size) => ({ f0: x, f1: y, f3: color, f5: 1, f6: size });

  // ---- progress

  function records(found, direction) {
    const best = [];
    for (const each of found) {
      if (!best.length || (each.y - best[best.length - 1].y) * direction > 0) best.push(each);
    }
    return best;
  }

  function steps(best, x, y, width) {
    const corners = [];
    for (const each of best) {
      if (corners.length) corners.push([x(each.x), corners[corners.length - 1][1]]);
      corners.push([x(each.x), y(each.y)]);
    }
    corners.push([width, corners[corners.length - 1][1]]);
    return corners;
  }

  const day = (ms) => new Date(ms).toISOString().slice(0, 16).replace("T", " ");

  function progressDraw(plot, box) {
    const model = plot.model;
    const found = known(model, model.t).sort((a, b) => a.x - b.x);
    if (!found.length) return { empty: rf.t("No run has a value of {metric} yet.", { metric: model.metric }) };
    const best = records(found, model.dir);
    const first = found[0].x;
    const last = found[found.length - 1].x;
    const room = last > first ? (last - first) * 0.02 : 30000;
    const xd = [first - room, last + room];
    const yd = robust(
      found.map((each) => each.y),
      model.dir,
    );
    const x = curves.scale(xd[0], xd[1], 0, box.width);
    const y = curves.scale(yd[0], yd[1], box.height, 0);
    const clipped = (value) => Math.min(yd[1], Math.max(yd[0], value));
    const decimals = rf.decimalsFor(found.map((each) => each.y));
    const stands = new Set(best);
    const cloud = found.filter((each) => !stands.has(each)).map((each) => [x(each.x), y(clipped(each.y))]);
    const line = {
      type: "Feature",
      geometry: { type: "LineString", coordinates: steps(best, x, (v) => y(clipped(v)), box.width) },
      f3: "var(--accent)",
      f4: [1, 0],
      f5: 1,
      f6: 2,
    };
    return {
      form: "",
      data: {
        cloud: charts.cloud(cloud, CLOUD),
        lines: [line],
        dots: best.map((each) => spot(each.x, clipped(each.y), "var(--accent)", 44)),
      },
      params: { xd, yd },
      remark: remark(
        beyond(
          found.map((each) => each.y),
          yd,
        ),
        edgeWord(model.dir),
      ),
      points: found.map((each) =>
        target(each, x(each.x), y(clipped(each.y)), [
          [model.metric, rf.number(each.y, decimals)],
          ["started", day(each.x)],
          ...(stands.has(each) ? [["", rf.t("best so far")]] : []),
        ]),
      ),
    };
  }

  // ---- scatter

  function chosen(model) {
    return model.params.find((param) => param.key === model.param) || model.params[0];
  }

  /* -0.5..0.5 from the run's id, so that a redraw never moves a dot. */
  function jitter(id) {
    let hash = 2166136261;
    for (let at = 0; at < id.length; at++) hash = Math.imul(hash ^ id.charCodeAt(at), 16777619) >>> 0;
    return (hash % 997) / 997 - 0.5;
  }

  function axisOf(param, model) {
    if (param.kind === "cat") {
      const names = Array.from(new Set(param.v.filter((v) => v !== null).map(String))).sort();
      const place = new Map(names.map((name, at) => [name, at]));
      const xs = param.v.map((v, at) =>
        v === null
          ? null
          : place.get(String(v)) + jitter(model.runs[at][0]) * (names.length > 1 ? 0.36 : 0.2),
      );
      return { xs, names, xd: [-0.5, names.length - 0.5], log: false };
    }
    const log = Boolean(param.log) && param.v.some((v) => v > 0);
    const xs = log ? param.v.map((v) => (v > 0 ? v : null)) : param.v;
    const extent = curves.extent(xs) || [0, 1];
    return { xs, names: [], xd: log ? curves.niceLog(...extent) : padded(extent), log };
  }

  /* Where the names of an axis of texts stand: at 0, 1, 2 …; null on an axis of numbers. */
  charts.upright = (names) => (names.length ? names.map((_, at) => at) : null);

  function padded([low, high]) {
    if (low === high) return curves.nice(low, high, 4);
    const room = (high - low) * 0.04;
    return [low - room, high + room];
  }

  function scatterDraw(plot, box) {
    const model = plot.model;
    const param = chosen(model);
    if (!param) return { empty: rf.t("No param varies between these runs.") };
    const axis = axisOf(param, model);
    const found = known(model, axis.xs);
    if (!found.length) return { empty: rf.t("No run has both {metric} and {param}.", { metric: model.metric, param: param.label }) };
    const ys = found.map((each) => each.y);
    const yd = robust(ys, model.dir);
    const x = curves.scale(axis.xd[0], axis.xd[1], 0, box.width, axis.log);
    const y = curves.scale(yd[0], yd[1], box.height, 0);
    const clipped = (value) => Math.min(yd[1], Math.max(yd[0], value));
    const decimals = rf.decimalsFor(ys);
    const best = records(
      found.slice().sort((a, b) => (a.y - b.y) * model.dir),
      model.dir,
    ).pop();
    const rest = found.filter((each) => each !== best).map((each) => [x(each.x), y(clipped(each.y))]);
    const shown = new Map(model.runs.map((run, at) => [run, param.v[at]]));
    return {
      form: (axis.log ? "log" : "") + (axis.names.length ? "names" + axis.names.length : ""),
      data: {
        cloud: charts.cloud(rest, { f3: "var(--accent)", f5: 0.55 }),
        dots: [spot(best.x, clipped(best.y), "var(--good)", 80)],
      },
      variant: axis.log ? "xlog" : "",
      params: {
        xd: axis.xd,
        yd,
        names: axis.names,
        xvalues: charts.upright(axis.names),
        xmin: axis.names.length ? 1 : 0,
      },
      remark: remark(beyond(ys, yd), edgeWord(model.dir)),
      points: found.map((each) => {
        const value = shown.get(each.run);
        return target(each, x(each.x), y(clipped(each.y)), [
          [model.metric, rf.number(each.y, decimals)],
          [param.label, typeof value === "number" ? rf.number(value) : String(value)],
          ...(each === best ? [["", "best"]] : []),
        ]);
      }),
    };
  }

  /* A picker in the head where the figure brings several params and no picker of its own. */
  function scatterModel(plot) {
    const model = plot.data;
    if (!model.runs) return null;
    const head = plot.figure.querySelector(".card-head");
    if (model.params.length > 1 && head && !head.querySelector("select")) {
      const options = model.params.map((param) =>
        rf.el("option", { value: param.key, selected: param.key === model.param }, param.label),
      );
      const select = rf.el(
        "select",
        { class: "select btn-small", "aria-label": rf.t("Param on the x axis") },
        ...options,
      );
      select.addEventListener("change", () =>
        charts.set(plot.figure, Object.assign({}, plot.model, { param: select.value })),
      );
      head.append(select);
    }
    return model;
  }

  const overlay = (plot) => charts.pick(plot);
  charts.kind("progress", {
    draw: progressDraw,
    overlay,
    model: (plot) => (plot.data.runs ? plot.data : null),
  });
  charts.kind("scatter", { draw: scatterDraw, overlay, model: scatterModel });
})();
