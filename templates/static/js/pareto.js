/* Kind of chart: two metrics of many runs, with the front that nobody beats in both marked.
     pareto {metric, dir, xmetric, xdir, runs: [[id, name, path]], x, y} */
(function () {
  "use strict";

  const { curves, charts } = rf;

  /* Indexes of the points that no other is at least as good as in both and better in one, from the
     best x to the best y: the twin of query/front.py. */
  function front(points, [dx, dy]) {
    const order = points.map((_, at) => at);
    order.sort((a, b) => (points[b][0] - points[a][0]) * dx || (points[b][1] - points[a][1]) * dy || a - b);
    const found = [];
    for (const at of order) {
      const last = points[found[found.length - 1]];
      const [x, y] = points[at];
      if (!last || (y - last[1]) * dy > 0 || (x === last[0] && y === last[1])) found.push(at);
    }
    return found;
  }

  function padded(values) {
    const [low, high] = curves.extent(values) || [0, 1];
    if (low === high) return curves.nice(low, high, 4);
    const room = (high - low) * 0.05;
    return [low - room, high + room];
  }

  const spot = (x, y, color, size) => ({ f0: x, f1: y, f3: color, f5: 1, f6: size });

  function line(best, found, x, y) {
    const corners = [];
    const along = best.map((at) => found[at]).sort((a, b) => a.x - b.x || a.y - b.y);
    for (const each of along) {
      if (corners.length) corners.push([x(each.x), corners[corners.length - 1][1]]);
      corners.push([x(each.x), y(each.y)]);
    }
    const geometry = { type: "LineString", coordinates: corners };
    return corners.length > 1 ? [{ type: "Feature", geometry, f3: "var(--good)", f4: [4, 3], f5: 0.8, f6: 1.5 }] : [];
  }

  function draw(plot, box) {
    const model = plot.model;
    const found = model.runs
      .map((run, at) => ({ run, x: model.x[at], y: model.y[at] }))
      .filter(({ x, y }) => Number.isFinite(x) && Number.isFinite(y));
    if (!found.length) {
      return { empty: rf.t("No run has both {a} and {b}.", { a: model.metric, b: model.xmetric }) };
    }
    const best = front(found.map(({ x, y }) => [x, y]), [model.xdir || 1, model.dir || 1]);
    const stands = new Set(best);
    const xd = padded(found.map((each) => each.x));
    const yd = padded(found.map((each) => each.y));
    const x = curves.scale(xd[0], xd[1], 0, box.width);
    const y = curves.scale(yd[0], yd[1], box.height, 0);
    const decimals = [found.map((each) => each.y), found.map((each) => each.x)].map(rf.decimalsFor);
    const cloud = found.filter((_, at) => !stands.has(at)).map((each) => [x(each.x), y(each.y)]);
    return {
      form: "",
      data: {
        cloud: charts.cloud(cloud, { f3: "var(--faint)", f5: 0.55 }),
        lines: line(best, found, x, y),
        dots: best.map((at) => spot(found[at].x, found[at].y, "var(--good)", 64)),
      },
      params: { xd, yd },
      remark: "",
      points: found.map((each, at) => ({
        x: x(each.x),
        y: y(each.y),
        name: each.run[1] || each.run[0],
        href: each.run[2] ? rf.link(each.run[2]) : rf.runLink(each.run[0]),
        lines: [
          [model.metric, rf.number(each.y, decimals[0])],
          [model.xmetric, rf.number(each.x, decimals[1])],
          ...(stands.has(at) ? [["", rf.t("on the front")]] : []),
        ],
      })),
    };
  }

  rf.front = front;
  charts.kind("pareto", {
    draw,
    overlay: (plot) => charts.pick(plot),
    model: (plot) => (plot.data.runs ? plot.data : null),
  });
})();
