/* The names over parallel axes as buttons: charts.axisHeads(plot) → {place(), hide()}.
     Drag or ← →   moves the axis      click, Enter or F   turns it over      L   log scale
     ↑ ↓           the lower end of what is kept (with Shift: the upper end)  Escape   keeps all */
(function () {
  "use strict";

  const { charts } = rf;
  const STEP = 0.05;
  const DRAGGED = 6;

  charts.axisHeads = function (plot) {
    const row = rf.el("div", { class: "axis-heads no-print", role: "toolbar", "aria-label": rf.t("Axes") });
    plot.body.append(row);
    let shown = "";

    function changed(say, key) {
      const { order, flip, log } = plot.axes;
      if (plot.model.changed) {
        plot.model.changed({ order, flip: Array.from(flip), log: Object.fromEntries(log) });
      }
      plot.focusAxis = key;
      charts.touch(plot);
      rf.say(say);
    }

    function move(axis, to) {
      const { order } = plot.axes;
      const from = order.indexOf(axis.key);
      const place = Math.max(0, Math.min(order.length - 1, to));
      if (place === from) return;
      order.splice(place, 0, ...order.splice(from, 1));
      const words = { name: axis.label, at: place + 1, all: order.length };
      changed(rf.t("{name}: axis {at} of {all}", words), axis.key);
    }

    function flip(axis) {
      const turned = !plot.axes.flip.delete(axis.key);
      if (turned) plot.axes.flip.add(axis.key);
      const kept = plot.brushes.get(axis.key);
      if (kept) plot.brushes.set(axis.key, [1 - kept[1], 1 - kept[0]]);
      const words = turned ? rf.t("{name}: largest below", { name: axis.label }) : rf.t("{name}: largest above", { name: axis.label });
      changed(words, axis.key);
    }

    function bend(axis) {
      if (axis.kind === "cat") return;
      plot.axes.log.set(axis.key, !axis.log);
      plot.brushes.delete(axis.key);
      changed(axis.log ? rf.t("{name}: even scale", { name: axis.label }) : rf.t("{name}: log scale", { name: axis.label }), axis.key);
    }

    function narrow(axis, end, by) {
      const kept = (plot.brushes.get(axis.key) || [0, 1]).slice();
      kept[end] = Math.max(0, Math.min(1, kept[end] + by * STEP));
      if (kept[0] > kept[1]) return;
      if (kept[0] <= 0 && kept[1] >= 1) plot.brushes.delete(axis.key);
      else plot.brushes.set(axis.key, kept);
      plot.announce = true;
      plot.focusAxis = axis.key;
      charts.touch(plot);
    }

    function onKey(event, axis) {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      const at = plot.axes.order.indexOf(axis.key);
      const end = event.shiftKey ? 1 : 0;
      const acts = {
        ArrowLeft: () => move(axis, at - 1),
        ArrowRight: () => move(axis, at + 1),
        Home: () => move(axis, 0),
        End: () => move(axis, plot.axes.order.length - 1),
        ArrowUp: () => narrow(axis, end, 1),
        ArrowDown: () => narrow(axis, end, -1),
        f: () => flip(axis),
        l: () => bend(axis),
      };
      const act = acts[event.key] || acts[event.key.toLowerCase()];
      if (act) act();
      else if (event.key === "Escape" && plot.brushes.delete(axis.key)) {
        plot.announce = true;
        plot.focusAxis = axis.key;
        charts.touch(plot);
      } else return;
      event.preventDefault();
    }

    function drag(button, axis) {
      let start = null;
      button.addEventListener("pointerdown", (event) => {
        if (event.button !== 0) return;
        start = event.clientX;
        button.setPointerCapture(event.pointerId);
      });
      button.addEventListener("pointermove", (event) => {
        if (start === null) return;
        button.style.transform = "translateX(calc(-50% + " + (event.clientX - start) + "px))";
        button.classList.toggle("dragged", Math.abs(event.clientX - start) > DRAGGED);
      });
      button.addEventListener("pointerup", (event) => {
        if (start === null) return;
        const by = event.clientX - start;
        start = null;
        button.style.transform = "";
        if (!button.classList.contains("dragged")) return;
        const { xs } = plot.drawing;
        const x = xs[plot.axes.order.indexOf(axis.key)] + by;
        const near = xs.reduce((best, place, at) => (Math.abs(place - x) < Math.abs(xs[best] - x) ? at : best), 0);
        move(axis, near);
      });
      button.addEventListener("click", () => {
        if (button.classList.contains("dragged")) button.classList.remove("dragged");
        else flip(axis);
      });
    }

    function head(axis, at) {
      const words = { name: axis.label, at: at + 1, all: plot.drawing.axes.length };
      const button = rf.el(
        "button",
        {
          type: "button",
          class: "axis-head",
          title: rf.t("Drag to move, click to turn over, L for a log scale"),
          "aria-label": rf.t("{name}, axis {at} of {all}: arrows move it, F turns it over, L bends it", words),
        },
        rf.bdi(axis.label),
      );
      button.addEventListener("keydown", (event) => onKey(event, axis));
      drag(button, axis);
      return button;
    }

    function place() {
      const { axes, xs } = plot.drawing;
      const name = JSON.stringify([axes.map((axis) => [axis.key, axis.label, axis.log]), plot.box.outer]);
      if (name !== shown) {
        const room = xs.length > 1 ? xs[1] - xs[0] - 6 : plot.box.width;
        row.replaceChildren(...axes.map(head));
        Array.from(row.children).forEach((button, at) => {
          button.style.left = plot.box.left + xs[at] + "px";
          button.style.maxWidth = Math.max(28, Math.min(112, room)) + "px";
        });
        shown = name;
      }
      const at = plot.focusAxis === undefined ? -1 : plot.axes.order.indexOf(plot.focusAxis);
      plot.focusAxis = undefined;
      if (at >= 0) row.children[at].focus();
    }

    const hide = () => {
      row.replaceChildren();
      shown = "";
    };
    return { place, hide };
  };
})();
