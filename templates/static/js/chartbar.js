/* The bar over a page's charts: x axis, smoothing, log scale, zoom, and a filter by name where
   there are many. Its state lives in the address: x=time, smooth=0.6, log=1, zoom=step:10..500.
     <div class="chart-bar card" data-rf="chartbar">   made here, so that no page without scripts
   has dead controls. rf.chartbar.read() applies the address to the charts. */
(function () {
  "use strict";

  const { charts } = rf;
  const bar = {};
  rf.chartbar = bar;

  // ---- the address

  const number = (text, low, high, otherwise) => {
    const value = Number(text);
    return text !== undefined && text !== "" && value >= low && value <= high ? value : otherwise;
  };

  function readZoom(text) {
    const found = /^(step|time):(-?[\d.e+-]+)\.\.(-?[\d.e+-]+)$/.exec(rf.state.decode(text || ""));
    if (!found) return null;
    const [from, to] = [Number(found[2]), Number(found[3])];
    return to > from ? { axis: found[1], from, to } : null;
  }

  bar.read = function () {
    const state = rf.state.read();
    charts.change({
      x: state.get("x") === "time" ? "time" : "step",
      smooth: number(state.get("smooth"), 0, 0.99, 0),
      log: state.get("log") === "1",
      zoom: readZoom(state.get("zoom")),
    });
  };

  const short = (value) => String(Number(value.toPrecision(6)));

  function put(state, key, text) {
    if (text) state.set(key, rf.state.encode(text));
    else state.delete(key);
  }

  function write() {
    const { x, smooth, log, zoom } = charts.options;
    const state = rf.state.read();
    put(state, "x", x === "time" ? "time" : "");
    put(state, "smooth", smooth ? String(smooth) : "");
    put(state, "log", log ? "1" : "");
    put(state, "zoom", zoom ? zoom.axis + ":" + short(zoom.from) + ".." + short(zoom.to) : "");
    rf.state.write(state);
  }

  // Safari allows 100 writes to the address in 30 seconds; a slider makes more.
  const writeSoon = rf.debounce(150, write);

  // ---- controls

  function axisSwitch() {
    const button = (axis, text) =>
      rf.el("button", { type: "button", "data-axis": axis, onclick: () => charts.change({ x: axis }) }, text);
    return rf.el(
      "div",
      { class: "line" },
      rf.el("span", { class: "label", id: "axis-label" }, "X axis"),
      rf.el(
        "div",
        { class: "seg", role: "group", "aria-labelledby": "axis-label" },
        button("step", "Step"),
        button("time", "Time"),
      ),
    );
  }

  function smoothing() {
    const slider = rf.el("input", {
      type: "range",
      class: "range",
      min: 0,
      max: 0.99,
      step: 0.01,
      name: "smooth",
      id: "smooth",
    });
    slider.addEventListener("input", () => charts.change({ smooth: Number(slider.value) }));
    return rf.el(
      "div",
      { class: "line" },
      rf.el("label", { for: "smooth" }, "Smoothing"),
      slider,
      rf.el("output", { class: "num", for: "smooth" }),
    );
  }

  function logScale() {
    const box = rf.el("input", { type: "checkbox", class: "check", name: "log" });
    box.addEventListener("change", () => charts.change({ log: box.checked }));
    return rf.el("label", null, box, "Log scale");
  }

  function nameFilter() {
    const input = rf.el("input", {
      type: "search",
      class: "input",
      placeholder: "Filter charts",
      "aria-label": "Filter charts by name",
    });
    input.addEventListener(
      "input",
      rf.debounce(80, () => rf.say(rf.counted(bar.filter(input.value), "chart"))),
    );
    return input;
  }

  /* Shows the charts whose title has all words; groups without any are hidden. */
  bar.filter = function (text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const figure of document.querySelectorAll(".chart-grid > .chart")) {
      const title = (figure.dataset.title || "").toLowerCase();
      figure.hidden = !words.every((word) => title.includes(word));
      if (!figure.hidden) shown++;
    }
    for (const group of document.querySelectorAll(".chart-group")) {
      const any = group.querySelector(".chart-grid > .chart:not([hidden])");
      group.hidden = !any;
      if (any && words.length) group.open = true;
    }
    return shown;
  };

  function show(element) {
    const { x, smooth, log, zoom } = charts.options;
    for (const button of element.querySelectorAll("[data-axis]")) {
      button.setAttribute("aria-pressed", String(button.dataset.axis === x));
    }
    const slider = element.querySelector("[name=smooth]");
    if (Number(slider.value) !== smooth) slider.value = smooth;
    slider.setAttribute("aria-valuetext", smooth.toFixed(2));
    element.querySelector("output").textContent = smooth.toFixed(2);
    element.querySelector("[name=log]").checked = log;
    element.querySelector(".zoom-reset").hidden = !zoom;
    element.querySelector(".hint").hidden = Boolean(zoom);
  }

  rf.part("chartbar", (element) => {
    const reset = rf.el(
      "button",
      { type: "button", class: "btn btn-small zoom-reset", hidden: true, onclick: () => charts.resetZoom() },
      "Reset zoom",
    );
    element.append(axisSwitch(), smoothing(), logScale());
    if (element.dataset.filter) element.append(nameFilter());
    element.append(rf.el("span", { class: "hint" }, "Drag to zoom · double-click to reset"), reset);
    reset.classList.add("card-end");
    document.addEventListener("rf:options", () => {
      show(element);
      writeSoon();
    });
    bar.read();
    rf.state.watch(bar.read);
  });
})();
