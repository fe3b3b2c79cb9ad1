/* Kinds of charts whose lines have a step: curve (1..n runs) and system. What they draw, in pixels
   of the plot; lines.js says what, cross.js lies over it. */
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
  const BAND = 250; // corners of a band, above and below
  const RAW = 0.24;
  const DIM = 0.3;

  charts.dashes = DASHES;
  charts.runColor = (series) => "var(--run-" + (series.color % 8) + ")";

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
    if (low < high) return [low, high];
    return charts.options.logx ? [low / 2, high * 2] : [low - 1, high + 1];
  }

  /* Indexes [low, high) of the points in the domain and one neighbour on each side. */
  function windowOf(xs, domain, zoom) {
    if (!zoom) return [0, xs.length];
    const low = curves.lower(xs, domain[0]);
    let high = curves.lower(xs, domain[1]);
    while (high < xs.length && xs[high] === domain[1]) high++;
    return [Math.max(0, low - 1), Math.min(xs.length, high + 1)];
  }

  function yDomain(lines, log, clip) {
    let low = Infinity;
    let high = -Infinity;
    const shown = [];
    const see = (y) => {
      if (y === null) return;
      if (y < low) low = y;
      if (y > high) high = y;
      if (clip) shown.push(y);
    };
    for (const { ys, raw, band, low: from, high: to } of lines) {
      for (let at = from; at < to; at++) {
        if (raw[at] === null) continue;
        see(raw[at]);
        see(ys[at]);
        if (band) see(band.lo[at]);
        if (band) see(band.hi[at]);
      }
    }
    if (low > high) return null;
    if (clip && shown.length > 9) [low, high] = curves.quantiles(shown, 0.05, 0.95);
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
      else piece.push([pixel(x, xs[at]), pixel(y, ys[at])]);
    }
    close();
    return lines;
  }

  const feature = (coordinates, look) =>
    Object.assign({ type: "Feature", geometry: { type: "MultiLineString", coordinates } }, look);

  function look(series, opacity, width) {
    return { f3: charts.runColor(series), f4: DASHES[series.dash % 3], f5: opacity, f6: width };
  }

  /* The area between the lowest and the highest, a corner each few pixels. */
  function bandRows(line, x, y) {
    const { xs, band, low, high } = line;
    const every = Math.max(1, Math.ceil((high - low) / BAND));
    const rings = [];
    let [tops, feet] = [[], []];
    const close = () => {
      if (tops.length > 1) rings.push([[...tops, ...feet.reverse(), tops[0]]]);
      [tops, feet] = [[], []];
    };
    for (let from = low; from < high; from += every) {
      let [least, most] = [Infinity, -Infinity];
      for (let at = from; at < Math.min(high, from + every); at++) {
        if (band.lo[at] === null) continue;
        least = Math.min(least, band.lo[at]);
        most = Math.max(most, band.hi[at]);
      }
      if (least > most) close();
      else {
        const left = Math.round(x(xs[from]) * 10) / 10;
        tops.push([left, pixel(y, most)]);
        feet.push([left, pixel(y, least)]);
      }
    }
    close();
    if (!rings.length) return [];
    const color = charts.runColor(line.series);
    return [{ type: "Feature", geometry: { type: "MultiPolygon", coordinates: rings }, f3: color, f5: 0.16 }];
  }

  /* Far beyond the plot is as good as at the edge, and no number breaks the path. */
  const pixel = (y, value) => Math.max(-1e4, Math.min(1e4, Math.round(y(value) * 10) / 10));

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
    for (const value of line.badAt) {
      if (value < x.domain[0] || value > x.domain[1] || x(value) - last < 6) continue;
      last = x(value);
      rows.push({ f0: value, f3: color });
    }
    return rows;
  }

  function rowsOf(lines, x, y, drawn, width) {
    const data = { areas: [], lines: [], dots: [], bad: [] };
    const front = [];
    for (const line of lines) {
      const { series, xs, ys, faint } = line;
      const color = charts.runColor(series);
      const lone = [];
      if (line.band) data.areas.push(...bandRows(line, x, y));
      if (faint) {
        const [low, high] = windowOf(faint.xs, x.domain, true);
        const indexes = curves.thin(faint.ys, low, high, drawn);
        data.lines.push(feature(pieces(faint.xs, faint.ys, indexes, x, y, []), look(series, RAW, 1.2)));
      }
      const indexes = curves.thin(ys, line.low, line.high, drawn);
      const path = pieces(xs, ys, indexes, x, y, lone);
      const shape = line.dim ? look(series, DIM, 1) : look(series, 1, 1.8);
      if (path.length) (line.dim ? data.lines : front).push(feature(path, shape));
      const inside = lone.filter(([left]) => left >= 0 && left <= width);
      for (const at of inside) data.dots.push(dot(x, y, at, color, line.dim ? 12 : 42));
      data.bad.push(...badRows(line, x));
    }
    data.lines.push(...front);
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
    const values = lines.some(({ series, raw }) => (series.y || raw).some((y) => y !== null));
    if (values && log) return rf.t("No values above 0 to show on a log scale.");
    if (values) return rf.t("Nothing was logged in this part of the axis.");
    if (lines.length) return rf.t("No finite values were logged.");
    return rf.t("None of the chosen runs logged this.");
  }

  /* What the axis counts in: Vega's ticks are in that unit, our rows follow it. */
  function unitOf(axis, domain) {
    return axis === "time" ? curves.timeUnit(domain[1] - Math.min(0, domain[0])) : null;
  }

  function curveDraw(plot, box) {
    const { axis, zoom } = charts.axisOf(plot);
    const system = plot.kind === "system";
    const log = charts.options.log && !system;
    const logx = charts.options.logx && !system && axis !== "wall";
    const lines = charts.linesOf(plot);
    const domain = xDomain(lines, zoom && (!logx || zoom.from > 0) ? zoom : null);
    for (const line of lines) [line.low, line.high] = windowOf(line.xs, domain, zoom);
    const vertical = yDomain(lines, log, charts.options.clip && !system);
    if (!vertical) return { empty: emptyText(lines, log || logx) };
    if (system && vertical[0] > 0 && vertical[0] < vertical[1] / 2) vertical[0] = 0;
    const unit = unitOf(axis, domain);
    const x = curves.scale(domain[0], domain[1], 0, box.width, logx);
    const y = curves.scale(vertical[0], vertical[1], box.height, 0, log);
    const drawn = Math.max(FEWEST, Math.min(DRAWN, Math.floor(BUDGET / lines.length)));
    const data = rowsOf(lines, x, y, drawn, box.width);
    if (system) data.areas = areas(data.lines, box);
    if (system) delete data.bad;
    const variant = [log && "log", logx ? "logx" : axis === "wall" && "wall"].filter(Boolean).join(" ");
    const ticks = unit ? domain.map((minutes) => minutes * unit.per) : domain;
    if (unit) for (const row of [...data.dots, ...(data.bad || [])]) row.f0 *= unit.per;
    return {
      form: variant,
      variant,
      data,
      params: {
        xd: ticks,
        yd: vertical,
        xmin: axis === "step" ? 1 : 0,
        xunit: unit ? unit.sign : "",
        ...(log ? { yticks: logTicks(vertical[0], vertical[1]) } : {}),
        ...(logx ? { xticks: logTicks(ticks[0], ticks[1]) } : {}),
      },
      axis,
      unit,
      lines: lines.filter((line) => !line.dim),
      tier: charts.tierText(lines),
      x,
      y,
    };
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
    const { log } = charts.options;
    for (const series of plot.model.series || plot.model.groups.flatMap((group) => group.members)) {
      bad += series.bad.length;
      if (log) hidden += series.y.filter((y) => y !== null && y <= 0).length;
    }
    return { bad, hidden };
  }

  charts.remarks = function (plot) {
    const { bad, hidden } = countsOf(plot);
    const remarks = [];
    // A run's own page says it in the chart's note, from all points and without scripts.
    if (bad && charts.alone(plot) === false) remarks.push(rf.t("{n} not finite", { n: rf.number(bad) }));
    if (hidden && plot.kind !== "system") remarks.push(rf.t("{n} ≤ 0 hidden", { n: rf.number(hidden) }));
    return remarks;
  };

  /* Whether the chart has one line, of one run: then its values need no name. */
  charts.alone = (plot) => Boolean(plot.model.series) && plot.model.series.length === 1;

  rf.counted = (count, one, many) => rf.number(count) + " " + (count === 1 ? one : many || one + "s");

  const overlay = (plot) => charts.cross(plot);
  charts.kind("curve", { draw: curveDraw, overlay });
  charts.kind("system", { draw: curveDraw, overlay, margin: { bottom: 24 } });
})();
