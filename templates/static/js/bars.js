/* Kinds without a run's line: histogram (bars over edges, one step at a time) and bar (names).
     histogram {items: [{step, edges, counts}], at, color}      bar {labels, v, unit} */
(function () {
  "use strict";

  const { curves, charts } = rf;

  // ---- histogram

  function histogramDraw(plot, box) {
    const { items, at, color } = plot.model;
    const { edges, counts } = items[Math.min(at, items.length - 1)];
    const total = counts.reduce((a, b) => a + b, 0);
    if (!(total > 0)) return { empty: rf.t("This histogram is empty.") };
    // One scale over all steps, so that a moving bar means a moving number.
    const all = items.flatMap((item) => item.counts);
    const xd = curves.extent(items.flatMap((item) => item.edges));
    const yd = [0, curves.nice(0, Math.max(...all), 5)[1]];
    const x = curves.scale(xd[0], xd[1], 0, box.width);
    const y = curves.scale(yd[0], yd[1], box.height, 0);
    const fill = "var(--run-" + ((color || 0) % 8) + ")";
    const places = counts.map((count, bin) => ({ from: edges[bin], to: edges[bin + 1], count }));
    return {
      form: "",
      data: {
        bars: places.map((each) => ({
          f0: each.from,
          f1: each.to,
          f2: each.count,
          f3: fill,
          f4: "var(--surface)",
        })),
      },
      params: { xd, yd, xmin: 0, xunit: "" },
      points: places.map((each) => ({
        x: (x(each.from) + x(each.to)) / 2,
        y: y(each.count),
        column: [x(each.from), x(each.to)],
        name: rf.number(each.from) + " – " + rf.number(each.to),
        lines: [
          ["count", rf.number(each.count)],
          ["share", rf.number((100 * each.count) / total, 1) + " %"],
        ],
      })),
    };
  }

  /* A slider over the steps, where there is more than one. */
  charts.stepSlider = function (plot) {
    const { items } = plot.model;
    const head = plot.figure.querySelector(".card-head");
    if (items.length < 2 || !head || head.querySelector("input")) return;
    const output = rf.el("output", { class: "num muted" });
    const slider = rf.el("input", {
      type: "range",
      min: 0,
      max: items.length - 1,
      value: items.length - 1,
      class: "range",
      "aria-label": rf.t("Step of {chart}", { chart: plot.title }),
    });
    const show = () => {
      const step = items[slider.value].step;
      output.textContent = step === null || step === undefined ? "" : "step " + rf.number(step);
      charts.set(plot.figure, Object.assign({}, plot.model, { at: Number(slider.value) }));
    };
    slider.addEventListener("input", show);
    head.append(rf.el("span", { class: "card-end line js-only" }, slider, output));
    show();
  };

  // ---- bars with names

  function barDraw(plot, box) {
    const { labels, v, unit } = plot.model;
    const values = v.filter((each) => each !== null);
    if (!values.length) return { empty: rf.t("No values.") };
    const xd = curves.nice(Math.min(0, ...values), Math.max(0, ...values), 5);
    const x = curves.scale(xd[0], xd[1], 0, box.width);
    const high = box.height / labels.length;
    return {
      form: String(labels.length),
      data: { bars: labels.map((label, at) => ({ f0: label, f1: v[at], f3: "var(--accent)" })) },
      params: { xd, names: labels },
      points: labels.map((label, at) => ({
        x: x(v[at] || 0),
        y: (at + 0.5) * high,
        row: [at * high, (at + 1) * high],
        name: label,
        lines: [["", rf.number(v[at]) + (unit ? " " + unit : "")]],
      })),
    };
  }

  /* As high as its bars need. */
  function barModel(plot) {
    const labels = plot.data.labels;
    if (!labels) return null;
    plot.body.style.height = Math.max(90, labels.length * 30 + 44) + "px";
    return plot.data;
  }

  const overlay = (plot) => charts.pick(plot);
  charts.kind("histogram", { draw: histogramDraw, overlay });
  charts.kind("bar", { draw: barDraw, overlay, margin: { left: 120 }, model: barModel });
})();
