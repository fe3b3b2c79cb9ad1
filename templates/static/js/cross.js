/* The layer over curves: a crosshair that all charts share, a tooltip, zoom by dragging, keys.
     Mouse   move: values at that step     drag: zoom     double click: all again
     Keys    ← → one point · Page ±20 · Home End · Shift+← → marks a range, Enter zooms into it,
             Escape takes back (range, zoom, crosshair). Values are spoken through rf.say. */
(function () {
  "use strict";

  const { curves, charts } = rf;
  const SPOKEN = 12; // runs whose values are read out
  const PAGE = 20;
  const SMALLEST_DRAG = 5;

  const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

  // ---- the layer of one plot

  function makeParts(plot) {
    const line = rf.svg("line", { class: "cross-line" });
    const zone = rf.svg("rect", { class: "cross-zone", visibility: "hidden" });
    const dots = rf.svg("g");
    const svg = rf.svg("svg", { class: "cross-svg", "aria-hidden": "true" }, zone, line, dots);
    const tip = rf.el("div", { class: "tip", hidden: true, "aria-hidden": "true" });
    const layer = rf.el(
      "div",
      {
        class: "chart-layer",
        tabindex: "0",
        role: "application",
        "aria-roledescription": "chart",
      },
      svg,
      tip,
    );
    plot.body.append(layer);
    return { layer, svg, line, zone, dots, tip };
  }

  function drawCross(plot, parts, x, values) {
    const { box, drawing } = plot;
    const left = box.left + drawing.x(x);
    set(parts.line, { x1: left, x2: left, y1: box.top, y2: box.top + box.height });
    // The same circles move from step to step: new ones would cost more than all else here.
    while (parts.dots.childElementCount < values.length) parts.dots.append(rf.svg("circle", { r: 4 }));
    while (parts.dots.childElementCount > values.length) parts.dots.lastChild.remove();
    values.forEach((each, at) => {
      set(parts.dots.children[at], {
        class: "cross-dot c" + (each.series.color % 8),
        cx: box.left + clamp(drawing.x(each.x), 0, box.width),
        cy: box.top + clamp(drawing.y(each.smooth === null ? each.y : each.smooth), 0, box.height),
      });
    });
    parts.svg.classList.add("on");
  }

  function set(node, attributes) {
    for (const [name, value] of Object.entries(attributes)) {
      const text = String(value);
      if (node.getAttribute(name) !== text) node.setAttribute(name, text);
    }
  }

  function showHead(plot, values) {
    const head = plot.figure.querySelector(".chart-value");
    if (!head || !charts.alone(plot)) return;
    if (plot.last === undefined) plot.last = head.textContent;
    head.textContent = values.length
      ? rf.number(values[0].y, values[0].y === Math.floor(values[0].y) ? 0 : 4)
      : plot.last;
    head.classList.toggle("live", values.length > 0);
  }

  function show(plot, parts, x, source) {
    if (!plot.drawing) return [];
    const [low, high] = plot.drawing.x.domain;
    if (x < low || x > high) {
      hide(plot, parts);
      return [];
    }
    const values = charts.valuesAt(plot, x);
    drawCross(plot, parts, x, values);
    if (source) {
      charts.fillTip(parts.tip, plot, x, values);
      charts.placeTip(parts.tip, plot, plot.box.left + plot.drawing.x(x), plot.box.top);
    } else {
      parts.tip.hidden = true;
      showHead(plot, values);
    }
    return values;
  }

  function hide(plot, parts) {
    parts.svg.classList.remove("on");
    parts.tip.hidden = true;
    showHead(plot, []);
  }

  // ---- all layers together

  const layers = new Map(); // plot → parts
  let cursor = null; // {axis, x, plot}

  function everywhere(plot, x) {
    cursor = x === null ? null : { axis: plot.drawing.axis, x, plot };
    let values = [];
    for (const [other, parts] of layers) {
      if (!other.figure.isConnected) layers.delete(other);
      else if (!other.drawing || !other.near) continue;
      else if (cursor === null || other.drawing.axis !== cursor.axis) hide(other, parts);
      else if (other === plot) values = show(other, parts, x, true);
      else show(other, parts, x, false);
    }
    return values;
  }

  /* The place of a real point near x: one step, not a place between two. */
  function snap(plot, x) {
    let best = null;
    for (const { xs, ys } of plot.drawing.lines) {
      const at = curves.nearest(xs, ys, x);
      if (at >= 0 && (best === null || Math.abs(xs[at] - x) < Math.abs(best - x))) best = xs[at];
    }
    return best === null ? x : clamp(best, ...plot.drawing.x.domain);
  }

  charts.resetZoom = function () {
    if (charts.options.zoom) charts.change({ zoom: null });
  };

  function zoomTo(plot, from, to) {
    const [low, high] = from < to ? [from, to] : [to, from];
    if (!(high > low)) return;
    everywhere(plot, null);
    charts.change({ zoom: { axis: plot.drawing.axis, from: low, to: high } });
    const ends = { from: charts.xText(plot, low), to: charts.xText(plot, high) };
    rf.say(rf.t("Zoomed to {from} – {to}. Escape shows all.", ends));
  }

  // ---- mouse

  function zoneTo(plot, parts, from, to) {
    const left = Math.min(from, to);
    parts.zone.setAttribute("x", left);
    parts.zone.setAttribute("y", plot.box.top);
    parts.zone.setAttribute("width", Math.abs(to - from));
    parts.zone.setAttribute("height", plot.box.height);
    parts.zone.setAttribute("visibility", "visible");
  }

  function mouse(plot, parts) {
    let start = null;
    let wanted = null;
    const placeOf = (event) => {
      const area = parts.layer.getBoundingClientRect();
      return clamp(event.clientX - area.left, plot.box.left, plot.box.left + plot.box.width);
    };
    const valueAt = (place) => plot.drawing.x.back(place - plot.box.left);
    const endDrag = () => {
      start = null;
      parts.zone.setAttribute("visibility", "hidden");
    };

    parts.layer.addEventListener("pointermove", (event) => {
      if (!plot.drawing) return;
      const first = wanted === null;
      wanted = placeOf(event);
      if (start !== null && Math.abs(wanted - start) > SMALLEST_DRAG) zoneTo(plot, parts, start, wanted);
      if (first) {
        requestAnimationFrame(() => {
          if (wanted !== null && plot.drawing) everywhere(plot, snap(plot, valueAt(wanted)));
          wanted = null;
        });
      }
    });
    parts.layer.addEventListener("pointerdown", (event) => {
      if (!plot.drawing || event.button !== 0) return;
      // A finger reads; dragging it along moves the crosshair, since there is no hovering.
      if (event.pointerType === "touch") return void everywhere(plot, snap(plot, valueAt(placeOf(event))));
      start = placeOf(event);
      parts.layer.setPointerCapture(event.pointerId);
    });
    parts.layer.addEventListener("pointerup", (event) => {
      if (start === null) return;
      const [from, to] = [start, placeOf(event)];
      endDrag();
      if (plot.drawing && Math.abs(to - from) > SMALLEST_DRAG) zoomTo(plot, valueAt(from), valueAt(to));
    });
    parts.layer.addEventListener("pointercancel", endDrag);
    parts.layer.addEventListener("pointerleave", (event) => {
      wanted = null;
      if (event.pointerType === "touch") return; // what was read stays until something else is touched
      if (start === null && plot.drawing) everywhere(plot, null);
    });
    parts.layer.addEventListener("dblclick", charts.resetZoom);
  }

  // ---- keys

  /* The x places that the keys walk over: those of the series with the most points. */
  function track(plot) {
    const longest = plot.drawing.lines.reduce((a, b) => (b.xs.length > a.xs.length ? b : a));
    const [low, high] = plot.drawing.x.domain;
    return longest.xs.filter(
      (x, at) => x >= low && x <= high && longest.ys[at] !== null && x !== longest.xs[at - 1],
    );
  }

  function spoken(plot, x, values) {
    const texts = values.slice(0, SPOKEN).map((each) => {
      const name = charts.alone(plot) ? "" : each.series.name + " ";
      return name + rf.number(each.y) + (each.ended ? " " + rf.t("(ended)") : "");
    });
    const rest = values.length - texts.length;
    return charts.xText(plot, x) + ": " + texts.join(", ") + (rest > 0 ? ", " + rf.t("{n} more", { n: rest }) : "");
  }

  function keys(plot, parts) {
    let mark = null;
    const walk = {
      ArrowLeft: -1,
      ArrowRight: 1,
      PageUp: PAGE,
      PageDown: -PAGE,
      Home: -Infinity,
      End: Infinity,
    };

    const go = (by, marking) => {
      const places = track(plot);
      if (!places.length) return;
      const from =
        cursor && cursor.plot === plot ? curves.lower(places, cursor.x) : by > 0 ? -1 : places.length;
      const x = places[clamp(from + by, 0, places.length - 1)];
      if (marking && mark === null && cursor) mark = cursor.x;
      if (!marking) mark = null;
      rf.say(spoken(plot, x, everywhere(plot, x)));
      if (mark === null) parts.zone.setAttribute("visibility", "hidden");
      else zoneTo(plot, parts, plot.box.left + plot.drawing.x(mark), plot.box.left + plot.drawing.x(x));
    };

    parts.layer.addEventListener("keydown", (event) => {
      if (!plot.drawing || event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.key in walk) go(walk[event.key], event.shiftKey);
      else if (event.key === "Enter" && mark !== null && cursor) {
        const from = mark;
        mark = null;
        parts.zone.setAttribute("visibility", "hidden");
        zoomTo(plot, from, cursor.x);
      } else if (event.key === "Escape" && (cursor || mark !== null || charts.options.zoom)) {
        if (mark === null && !cursor) charts.resetZoom();
        mark = null;
        parts.zone.setAttribute("visibility", "hidden");
        everywhere(plot, null);
      } else return;
      event.preventDefault();
    });
    parts.layer.addEventListener("blur", () => plot.drawing && everywhere(plot, null));
  }

  charts.cross = function (plot) {
    const parts = makeParts(plot);
    layers.set(plot, parts);
    mouse(plot, parts);
    keys(plot, parts);
    return {
      place() {
        hide(plot, parts);
        parts.layer.setAttribute("aria-label", plot.summary.replace(/\.?$/, ". ") + rf.t("Arrow keys read the values."));
      },
      hide: () => hide(plot, parts),
    };
  };
})();
