/* Kinds of charts whose lines have a step: curve (1..n runs) and system. What they draw, in pixels
   of the plot; cross.js lies over it. Model: {series: [rf.curves series]}. */
(function () {
  "use strict";

  const { curves, charts } = rf;
  const DRAWN = 500; // points a line
  const BUDGET = 6000; // points a chart: many runs get fewer each, still their lowest and highest
  const FEWEST = 160;
  const DASHES = [
    [1, 0],
    [6, 3],
    [2, 2.5],
  ];
  const RAW = 0.24;

  charts.dashes = DASHES;
  charts.runColor = (series) => "var(--run-" + (series.color % 8) + ")";

  /* Which x a plot shows, and its zoom if the zoom was made on that x. */
  charts.axisOf = function (plot) {
    const axis = plot.kind === "system" ? "time" : charts.options.x;
    const zoom = charts.options.zoom;
    return { axis, zoom: zoom && zoom.axis === axis ? zoom : null };
  };

  const positive = (y) => (y !== null && y > 0 ? y : null);

  /* The series as this plot shows them now: xs, smoothed ys and raw ones, all in full length. */
  function prepare(plot) {
    const { axis } = charts.axisOf(plot);
    const { smooth, log } = charts.options;
    const weight = plot.kind === "system" ? 0 : smooth;
    return plot.model.series.map((series) => {
      const raw = log ? remembered(series, "log", () => series.y.map(positive)) : series.y;
      const ys = remembered(series, "smooth" + weight + log, () => curves.smooth(series.step, raw, weight));
      return { series, xs: axis === "time" ? series.time : series.step, raw, ys, smoothed: weight > 0 };
    });
  }

  /* The last result of its kind, so that a zoom or an axis does not smooth again. */
  function remembered(series, name, make) {
    const slot = name.startsWith("smooth") ? "smoothed" : "logged";
    const kept = series["_" + slot];
    if (kept && kept.name === name) return kept.value;
    const value = make();
    series["_" + slot] = { name, value };
    return value;
  }

  function xDomain(lines, zoom) {
    if (zoom) return [zoom.from, zoom.to];
    let low = Infinity;
    let high = -Infinity;
    for (const { xs } of lines) {
      if (!xs.length) continue;
      low = Math.min(low, xs[0]);
      high = Math.max(high, xs[xs.length - 1]);
    }
    if (low > high) return [0, 1];
    return low === high ? [low - 1, high + 1] : [low, high];
  }

  /* Indexes [low, high) of the points in the domain and one neighbour on each side. */
  function windowOf(xs, domain, zoom) {
    if (!zoom) return [0, xs.length];
    const low = curves.lower(xs, domain[0]);
    let high = curves.lower(xs, domain[1]);
    while (high < xs.length && xs[high] === domain[1]) high++;
    return [Math.max(0, low - 1), Math.min(xs.length, high + 1)];
  }

  function yDomain(lines, log) {
    let low = Infinity;
    let high = -Infinity;
    for (const { ys, raw, low: from, high: to } of lines) {
      for (let at = from; at < to; at++) {
        // The raw line may leave the picture where it is far from the smoothed one.
        const y = raw[at];
        if (y === null) continue;
        low = Math.min(low, y, ys[at]);
        high = Math.max(high, y, ys[at]);
      }
    }
    if (low > high) return null;
    return log ? curves.niceLog(low, high) : curves.nice(low, high, 5);
  }

  /* Pieces of [x, y] pixels, cut where a value is missing; a lone point goes to `lone`. */
  function pieces(xs, ys, indexes, x, y, lone) {
    const lines = [];
    let piece = [];
    const close = () => {
      if (piece.length === 1) lone.push(piece[0]);
      if (piece.length > 1) lines.push(piece);
      piece = [];
    };
    for (const at of indexes) {
      if (ys[at] === null) close();
      else piece.push([Math.round(x(xs[at]) * 10) / 10, Math.round(y(ys[at]) * 10) / 10]);
    }
    close();
    return lines;
  }

  const feature = (coordinates, look) =>
    Object.assign({ type: "Feature", geometry: { type: "MultiLineString", coordinates } }, look);

  function look(series, opacity, width) {
    return { f3: charts.runColor(series), f4: DASHES[series.dash % 3], f5: opacity, f6: width };
  }

  const dot = (x, y, at, color, size) => ({
    f0: x.back(at[0]),
    f1: y.back(at[1]),
    f3: color,
    f5: 1,
    f6: size,
  });

  /* A mark where values were not finite; where they crowd, one for each six pixels. */
  function badRows(line, x) {
    const color = charts.runColor(line.series);
    const rows = [];
    let last = -Infinity;
    for (const [at] of line.series.bad) {
      const value = line.xs[at];
      if (value < x.domain[0] || value > x.domain[1] || x(value) - last < 6) continue;
      last = x(value);
      rows.push({ f0: value, f3: color });
    }
    return rows;
  }

  function rowsOf(lines, x, y, drawn, width) {
    const data = { lines: [], dots: [], bad: [] };
    const smoothed = [];
    for (const line of lines) {
      const { series, xs, ys, raw } = line;
      const color = charts.runColor(series);
      const lone = [];
      if (line.smoothed) {
        const indexes = curves.thin(raw, line.low, line.high, drawn);
        data.lines.push(feature(pieces(xs, raw, indexes, x, y, []), look(series, RAW, 1.2)));
      }
      const indexes = curves.thin(ys, line.low, line.high, drawn);
      const path = pieces(xs, ys, indexes, x, y, lone);
      if (path.length) smoothed.push(feature(path, look(series, 1, 1.8)));
      const inside = lone.filter(([left]) => left >= 0 && left <= width);
      for (const at of inside) data.dots.push(dot(x, y, at, color, 42));
      data.bad.push(...badRows(line, x));
    }
    data.lines.push(...smoothed);
    return data;
  }

  function areas(lines, box) {
    return lines
      .filter((one) => one.f5 === 1)
      .map((one) => {
        const coordinates = one.geometry.coordinates.map((piece) => {
          const first = [piece[0][0], box.height];
          return [[first, ...piece, [piece[piece.length - 1][0], box.height], first]];
        });
        return { type: "Feature", geometry: { type: "MultiPolygon", coordinates }, f3: one.f3, f5: 0.1 };
      });
  }

  function emptyText(lines, log) {
    const values = lines.some(({ series }) => series.y.some((y) => y !== null));
    if (values && log) return "No values above 0 to show on a log scale.";
    if (values) return "Nothing was logged in this part of the axis.";
    return lines.length ? "No finite values were logged." : "None of the chosen runs logged this.";
  }

  function curveDraw(plot, box) {
    const { axis, zoom } = charts.axisOf(plot);
    const log = charts.options.log && plot.kind !== "system";
    const lines = prepare(plot);
    const domain = xDomain(lines, zoom);
    for (const line of lines) [line.low, line.high] = windowOf(line.xs, domain, zoom);
    const vertical = yDomain(lines, log);
    if (!vertical) return { empty: emptyText(lines, log) };
    if (plot.kind === "system" && vertical[0] > 0 && vertical[0] < vertical[1] / 2) vertical[0] = 0;
    const unit = axis === "time" ? curves.timeUnit(domain[1] - Math.min(0, domain[0])) : null;
    const x = curves.scale(domain[0], domain[1], 0, box.width);
    const y = curves.scale(vertical[0], vertical[1], box.height, 0, log);
    const drawn = Math.max(FEWEST, Math.min(DRAWN, Math.floor(BUDGET / lines.length)));
    const data = rowsOf(lines, x, y, drawn, box.width);
    if (plot.kind === "system") data.areas = areas(data.lines, box);
    if (plot.kind === "system") delete data.bad;
    const ticks = unit ? domain.map((minutes) => minutes * unit.per) : domain;
    // Vega's x axis counts in the unit shown; our own rows follow it.
    if (unit) for (const row of [...data.dots, ...(data.bad || [])]) row.f0 *= unit.per;
    return {
      form: log ? "log" : "linear",
      data,
      params: {
        xd: ticks,
        yd: vertical,
        xmin: axis === "step" ? 1 : 0,
        xunit: unit ? unit.sign : "",
        ...(log ? { yticks: logTicks(vertical[0], vertical[1]) } : {}),
      },
      adjust(spec) {
        if (log) logScale(spec);
      },
      axis,
      unit,
      lines,
      x,
      y,
    };
  }

  function logScale(spec) {
    spec.params.push({ name: "yticks" });
    for (const layer of spec.layer) {
      const y = layer.encoding.y;
      if (!y || !y.scale) continue;
      Object.assign(y.scale, { type: "log", nice: false, zero: undefined });
      y.axis.values = { expr: "yticks" };
    }
  }

  /* Powers of ten, every second or third of them where there are many, 1 2 5 where there are few. */
  function logTicks(low, high) {
    const [first, last] = [Math.floor(Math.log10(low)), Math.ceil(Math.log10(high))];
    const decades = Math.log10(high / low);
    const every = Math.max(1, Math.ceil(decades / 7));
    const leads = decades >= 2.5 ? [1] : decades >= 1 ? [1, 2, 5] : [1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9];
    const ticks = [];
    for (let power = first; power <= last; power++) {
      if (leads.length === 1 && power % every) continue;
      for (const lead of leads) ticks.push(Number(lead + "e" + power));
    }
    const inside = ticks.filter((tick) => tick >= low && tick <= high);
    return inside.length >= 2 ? inside : [low, high].map((edge) => Number(edge.toPrecision(3)));
  }

  // ---- what is said beside a chart

  function countsOf(plot) {
    let bad = 0;
    let hidden = 0;
    for (const series of plot.model.series) {
      bad += series.bad.length;
      if (charts.options.log) hidden += series.y.filter((y) => y !== null && y <= 0).length;
    }
    return { bad, hidden };
  }

  charts.remarks = function (plot) {
    const { bad, hidden } = countsOf(plot);
    const remarks = [];
    // A run's own page says it in the chart's note, from all points and without scripts.
    if (bad && plot.model.series.length > 1) remarks.push(rf.counted(bad, "value") + " not finite");
    if (hidden && plot.kind !== "system") remarks.push(rf.counted(hidden, "value") + " ≤ 0 hidden");
    return remarks;
  };

  rf.counted = (count, one, many) => rf.number(count) + " " + (count === 1 ? one : many || one + "s");

  const overlay = (plot) => charts.cross(plot);
  charts.kind("curve", { draw: curveDraw, overlay });
  charts.kind("system", { draw: curveDraw, overlay, margin: { bottom: 24 } });
})();
