/* Parallel coordinates: one line a run across its params and, last, the metric.
     parallel {metric, dir, runs, y, axes: [{key, label, kind: num|cat, log, v}], view, changed}
   Dragging up or down along an axis keeps the runs that pass there; a click on the axis lets go.
   The name of an axis is a button (axes.js): dragged or moved with the arrows it changes places, a
   click flips it. `view` is the order, flips and scales to begin with ({order: [key], flip: [key],
   log: {key: bool}}; the metric's key is ""), `changed(view)` is told of each change. */
(function () {
  "use strict";

  const { curves, charts } = rf;
  const TOP = 34; // room for the names of the axes
  const FOOT = 30; // room for "none" below them
  const MANY_NAMES = 12;

  const metricAxis = (model) => ({ key: "", label: model.metric, kind: "num", log: 0, v: model.y });

  const listed = (value) => (Array.isArray(value) ? value : []); // the address may be hand-made

  /* The axes in the order of the view, each turned over or bent as the view says. */
  function axesOf(plot) {
    const { model } = plot;
    if (!plot.axes) {
      const view = model.view || {};
      plot.axes = {
        order: listed(view.order),
        flip: new Set(listed(view.flip)),
        log: new Map(Object.entries(view.log || {})),
      };
    }
    const all = [...model.axes, metricAxis(model)];
    const { order, log } = plot.axes;
    const place = (axis) => (order.includes(axis.key) ? order.indexOf(axis.key) : order.length + all.indexOf(axis));
    const sorted = all.slice().sort((a, b) => place(a) - place(b));
    plot.axes.order = sorted.map((axis) => axis.key);
    return sorted.map((axis) => (log.has(axis.key) ? { ...axis, log: log.get(axis.key) } : axis));
  }

  function numbersAxis(axis) {
    const log = Boolean(axis.log) && axis.v.some((v) => v > 0);
    const values = log ? axis.v.filter((v) => v > 0) : axis.v;
    const [low, high] = curves.extent(values) || [0, 1];
    const place = curves.scale(low, high, 0, 1, log && low < high);
    const decimals = log ? null : rf.decimalsFor(axis.v.filter((v) => v !== null));
    const ends =
      low === high
        ? [[0.5, low]]
        : [
            [0, low],
            [1, high],
          ];
    return {
      axis,
      share: (v) => (v === null || (log && !(v > 0)) ? null : place(v)),
      ends: ends.map(([share, v]) => [share, rf.number(v, decimals)]),
      text: (v) => rf.number(v, decimals),
    };
  }

  function namesAxis(axis) {
    const names = Array.from(new Set(axis.v.filter((v) => v !== null).map(String))).sort();
    const place = new Map(
      names.map((name, at) => [name, names.length === 1 ? 0.5 : at / (names.length - 1)]),
    );
    const shown = names.length > MANY_NAMES ? [names[0], names[names.length - 1]] : names;
    return {
      axis,
      share: (v) => (v === null ? null : place.get(String(v))),
      ends: shown.map((name) => [place.get(name), name]),
      text: String,
    };
  }

  function scaleOf(axis, flipped) {
    const scale = axis.kind === "cat" ? namesAxis(axis) : numbersAxis(axis);
    if (!flipped) return scale;
    const turned = (v) => {
      const share = scale.share(v);
      return share === null || share === undefined ? null : 1 - share;
    };
    return { ...scale, share: turned, ends: scale.ends.map(([share, text]) => [1 - share, text]) };
  }

  function ranks(model) {
    const order = model.y.map((y, at) => at).filter((at) => model.y[at] !== null);
    order.sort((a, b) => (model.y[b] - model.y[a]) * model.dir);
    return new Map(order.map((at, rank) => [at, rank / Math.max(1, order.length - 1)]));
  }

  function kept(brushes, shares) {
    for (const [at, [low, high]] of brushes) {
      const share = shares[at] === undefined ? null : shares[at];
      if (share === null || share < low || share > high) return false;
    }
    return true;
  }

  /* The better, the stronger: the best tenth in the accent colour, the rest grey. */
  function lookOf(rank, on) {
    if (!on) return { f3: "var(--faint)", f4: [1, 0], f5: 0.07, f6: 1 };
    if (rank === undefined) return { f3: "var(--faint)", f4: [2, 2.5], f5: 0.3, f6: 1 };
    if (rank <= 0.1) return { f3: "var(--accent)", f4: [1, 0], f5: 0.95, f6: 2 };
    return { f3: "var(--control)", f4: [1, 0], f5: 0.65 - 0.4 * rank, f6: 1.2 };
  }

  function texts(scales, xs, box, height, flip) {
    const rows = [];
    const up = (pixels) => box.height - pixels;
    scales.forEach(({ axis, ends }, at) => {
      rows.push({ f0: xs[at], f1: up(10), f2: signs(axis, flip) + axis.label, f3: "var(--text)" });
      for (const [share, text] of ends) {
        const edge = share === 0 ? 8 : share === 1 ? -8 : 0;
        rows.push({ f0: xs[at], f1: up(TOP + (1 - share) * height + edge), f2: text, f3: "var(--muted)" });
      }
    });
    return rows;
  }

  const signs = (axis, flip) => (flip.has(axis.key) ? "↓ " : "") + (axis.log ? "log " : "");

  function axisLines(xs, height, brushes) {
    const line = (x, from, to, color, width) => ({
      type: "Feature",
      geometry: {
        type: "LineString",
        coordinates: [
          [x, from],
          [x, to],
        ],
      },
      f3: color,
      f4: [1, 0],
      f5: 1,
      f6: width,
    });
    const lines = xs.map((x) => line(x, TOP, TOP + height, "var(--border)", 1));
    for (const [at, [low, high]] of brushes) {
      lines.push(line(xs[at], TOP + (1 - high) * height, TOP + (1 - low) * height, "var(--accent)", 6));
    }
    return lines;
  }

  const feature = (path, look) =>
    Object.assign({ type: "Feature", geometry: { type: "LineString", coordinates: path } }, look);

  function draw(plot, box) {
    const model = plot.model;
    const axes = axesOf(plot);
    const scales = axes.map((axis) => scaleOf(axis, plot.axes.flip.has(axis.key)));
    if (scales.length < 2) return { empty: rf.t("No param varies between these runs.") };
    const height = box.height - TOP - FOOT;
    const xs = scales.map((_, at) => (at * box.width) / (scales.length - 1));
    const byKey = plot.brushes || (plot.brushes = new Map()); // key of the axis → [low, high]
    const brushes = new Map();
    axes.forEach((axis, at) => byKey.has(axis.key) && brushes.set(at, byKey.get(axis.key)));
    const rank = ranks(model);
    const lines = [];
    const points = [];
    model.runs.forEach((run, at) => {
      const shares = scales.map((scale) => scale.share(scale.axis.v[at]));
      const path = shares.map((share, axis) => [
        xs[axis],
        share === null ? TOP + height + 14 : TOP + (1 - share) * height,
      ]);
      const on = kept(brushes, shares);
      lines.push({ order: on ? -(rank.get(at) ?? 1) : -2, row: feature(path, lookOf(rank.get(at), on)) });
      if (!on) return;
      points.push({
        x: xs[xs.length - 1],
        y: path[path.length - 1][1],
        path,
        rank: rank.get(at) ?? 1,
        name: run[1] || run[0],
        href: run[2] ? rf.link(run[2]) : rf.runLink(run[0]),
        lines: scales.map(({ axis, text }) => [axis.label, axis.v[at] === null ? "–" : text(axis.v[at])]),
      });
    });
    lines.sort((a, b) => a.order - b.order);
    points.sort((a, b) => a.rank - b.rank);
    return {
      form: "",
      data: {
        lines: [...axisLines(xs, height, brushes), ...lines.map((line) => line.row)],
        texts: texts(scales, xs, box, height, plot.axes.flip),
      },
      params: { xd: [0, box.width], yd: [0, box.height] },
      remark: brushes.size ? rf.counted(points.length, "run") + " of " + rf.number(model.runs.length) : "",
      points,
      axes,
      xs,
      height,
      top: TOP,
    };
  }

  // ---- keeping the runs that pass a stretch of an axis

  function brush(plot, layer) {
    let start = null;

    const placeOf = (event) => {
      const area = layer.getBoundingClientRect();
      const x = event.clientX - area.left - plot.box.left;
      const y = event.clientY - area.top - plot.box.top;
      const share = 1 - (y - TOP) / plot.drawing.height;
      const axis = plot.drawing.xs.findIndex((place) => Math.abs(place - x) < 18);
      return { axis, share: Math.min(1, Math.max(0, share)), y };
    };
    const redraw = () => charts.touch(plot);

    layer.addEventListener("pointerdown", (event) => {
      if (!plot.drawing || event.button !== 0) return;
      delete layer.dataset.dragged;
      const place = placeOf(event);
      if (place.axis < 0) return;
      start = place;
      layer.setPointerCapture(event.pointerId);
    });
    layer.addEventListener("pointermove", (event) => {
      if (start === null || !plot.drawing) return;
      const place = placeOf(event);
      if (Math.abs(place.y - start.y) < 4) return;
      layer.dataset.dragged = "1";
      const margin = 0.015;
      plot.brushes.set(plot.drawing.axes[start.axis].key, [
        Math.min(place.share, start.share) - margin,
        Math.max(place.share, start.share) + margin,
      ]);
      redraw();
    });
    layer.addEventListener("pointerup", () => {
      if (start === null) return;
      if (!layer.dataset.dragged && plot.brushes.delete(plot.drawing.axes[start.axis].key)) {
        layer.dataset.dragged = "1"; // this click let go of a stretch; it opens no run
      }
      start = null;
      plot.announce = true;
      redraw();
    });
    layer.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !plot.brushes.size) return;
      plot.brushes.clear();
      plot.announce = true;
      redraw();
    });
  }

  function overlay(plot) {
    const picked = charts.pick(plot);
    brush(plot, picked.layer);
    const heads = charts.axisHeads(plot);
    const place = () => {
      picked.place();
      heads.place();
      if (plot.announce) rf.say(plot.drawing.remark || rf.t("All runs"));
      plot.announce = false;
    };
    const hide = () => {
      picked.hide();
      heads.hide();
    };
    return { ...picked, place, hide };
  }

  charts.kind("parallel", {
    draw,
    overlay,
    margin: { left: 56, right: 56, top: 4, bottom: 4 },
    model: (plot) => (plot.data.axes ? plot.data : null),
  });
})();
