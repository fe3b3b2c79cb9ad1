/* The layer over charts of dots, bars and lines across axes: the nearest one is named in a tooltip;
   a click or Enter opens its run. A drawing brings points [{x, y, name, href, lines: [[label,
   text]], column: [x0, x1], row: [y0, y1], path: [[x, y]]}] in pixels of the plot. */
(function () {
  "use strict";

  const { charts } = rf;
  const REACH = 28;

  function distance(point, x, y) {
    if (point.column) return x >= point.column[0] && x <= point.column[1] ? 0 : Infinity;
    if (point.row) return y >= point.row[0] && y <= point.row[1] ? 0 : Infinity;
    if (point.path) return pathDistance(point.path, x, y);
    return Math.hypot(point.x - x, point.y - y);
  }

  /* Upwards and downwards from the line, in the stretch between two axes that x lies in. */
  function pathDistance(path, x, y) {
    for (let at = 1; at < path.length; at++) {
      const [[x0, y0], [x1, y1]] = [path[at - 1], path[at]];
      if (x < x0 || x > x1) continue;
      return Math.abs(y - (y0 + ((y1 - y0) * (x - x0)) / (x1 - x0 || 1)));
    }
    return Infinity;
  }

  function nearest(points, x, y) {
    let best = -1;
    let least = REACH;
    points.forEach((point, at) => {
      const far = distance(point, x, y);
      if (far < least || (far === least && best < 0)) {
        best = at;
        least = far;
      }
    });
    return best;
  }

  function fillTip(tip, point) {
    const rows = point.lines.map(([label, text]) =>
      rf.el(
        "tr",
        null,
        rf.el("th", { scope: "row" }, rf.bdi(label)),
        rf.el("td", { class: "num strong" }, rf.bdi(text)),
      ),
    );
    tip.replaceChildren(
      rf.el("div", { class: "tip-head strong" }, rf.bdi(point.name)),
      rf.el("table", null, rf.el("tbody", null, ...rows)),
    );
  }

  const spoken = (point) =>
    point.name + ": " + point.lines.map(([label, text]) => (label ? label + " " : "") + text).join(", ");

  function makeParts(plot) {
    const ring = rf.svg("circle", { class: "pick-ring", r: 7 });
    const line = rf.svg("polyline", { class: "pick-line" });
    const svg = rf.svg("svg", { class: "cross-svg", "aria-hidden": "true" }, line, ring);
    const tip = rf.el("div", { class: "tip", hidden: true, "aria-hidden": "true" });
    const layer = rf.el(
      "div",
      {
        class: "chart-layer pick",
        tabindex: "0",
        role: "application",
        "aria-roledescription": "chart",
        "aria-label": plot.summary.replace(/\.?$/, ". ") + rf.t("Arrow keys read the values, Enter opens a run."),
      },
      svg,
      tip,
    );
    plot.body.append(layer);
    return { layer, svg, ring, line, tip };
  }

  charts.pick = function (plot) {
    const parts = makeParts(plot);
    let at = -1;
    let order = []; // indexes from left to right (rows: from top to bottom)

    function show(index) {
      at = index;
      const point = plot.drawing && plot.drawing.points[index];
      parts.svg.classList.toggle("on", Boolean(point));
      parts.layer.classList.toggle("link", Boolean(point && point.href));
      parts.tip.hidden = !point;
      if (!point) return;
      const [left, top] = [plot.box.left + point.x, plot.box.top + point.y];
      parts.ring.setAttribute("cx", left);
      parts.ring.setAttribute("cy", top);
      parts.ring.setAttribute("visibility", point.path || point.column || point.row ? "hidden" : "visible");
      const path = (point.path || []).map(([x, y]) => plot.box.left + x + "," + (plot.box.top + y));
      parts.line.setAttribute("points", path.join(" "));
      fillTip(parts.tip, point);
      charts.placeTip(parts.tip, plot, left, Math.max(0, Math.min(top - 20, plot.body.clientHeight - 90)));
    }

    function open() {
      const point = plot.drawing && plot.drawing.points[at];
      if (point && point.href) rf.go(point.href);
    }

    parts.layer.addEventListener("pointermove", (event) => {
      if (!plot.drawing || !plot.drawing.points) return;
      const area = parts.layer.getBoundingClientRect();
      const index = nearest(
        plot.drawing.points,
        event.clientX - area.left - plot.box.left,
        event.clientY - area.top - plot.box.top,
      );
      if (index !== at) show(index);
    });
    parts.layer.addEventListener("pointerleave", () => show(-1));
    parts.layer.addEventListener("blur", () => show(-1));
    parts.layer.addEventListener("click", () => {
      if (!parts.layer.dataset.dragged) open();
    });
    parts.layer.addEventListener("keydown", (event) => {
      if (!plot.drawing || event.ctrlKey || event.metaKey || event.altKey) return;
      const by = {
        ArrowLeft: -1,
        ArrowRight: 1,
        ArrowUp: -1,
        ArrowDown: 1,
        PageUp: 20,
        PageDown: -20,
        Home: -Infinity,
        End: Infinity,
      }[event.key];
      if (by !== undefined) {
        const place = order.indexOf(at) < 0 ? (by > 0 ? -1 : order.length) : order.indexOf(at);
        show(order[Math.max(0, Math.min(order.length - 1, place + by))]);
        if (at >= 0) rf.say(spoken(plot.drawing.points[at]));
      } else if (event.key === "Enter" && at >= 0) open();
      else if (event.key === "Escape" && at >= 0) show(-1);
      else return;
      event.preventDefault();
    });

    return {
      layer: parts.layer,
      hide: () => show(-1),
      place() {
        show(-1);
        const points = (plot.drawing && plot.drawing.points) || [];
        const along = (index) =>
          points[index].row ? points[index].y : points[index].path ? index : points[index].x;
        order = points.map((_, index) => index).sort((a, b) => along(a) - along(b));
      },
    };
  };
})();
