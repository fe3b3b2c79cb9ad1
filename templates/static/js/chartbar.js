/* The bar over a page's charts: x axis, smoothing, log scales, what else is drawn, zoom, and a
   filter by name where there are many. Its state lives in the address:
     x=time|wall|m:NAME  smooth=0.6  way=gauss|mean  log=1  logx=1  range=0  clip=1  zoom=step:10..500
     <div class="chart-bar card" data-rf="chartbar">   made here, so that no page without scripts
   has dead controls. rf.chartbar.read() applies the address to the charts;
   rf.chartbar.metrics(keys) says which metrics can be the x axis. */
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

  const axisOf = (text) => (text === "time" || text === "wall" || /^m:./.test(text) ? text : "step");

  function readZoom(text) {
    const found = /^(step|time|wall|m:.*):(-?[\d.e+-]+)\.\.(-?[\d.e+-]+)$/.exec(rf.state.decode(text || ""));
    if (!found) return null;
    const [from, to] = [Number(found[2]), Number(found[3])];
    return to > from ? { axis: found[1], from, to } : null;
  }

  bar.read = function () {
    const state = rf.state.read();
    const way = state.get("way");
    charts.change({
      x: axisOf(rf.state.decode(state.get("x") || "")),
      smooth: number(state.get("smooth"), 0, 0.99, 0),
      way: way === "gauss" || way === "mean" ? way : "ema",
      log: state.get("log") === "1",
      logx: state.get("logx") === "1",
      range: state.get("range") !== "0",
      clip: state.get("clip") === "1",
      zoom: readZoom(state.get("zoom")),
    });
  };

  /* Seven digits: a step of a million is told from the next one. */
  const short = (value) => String(Number(value.toPrecision(value > 1e9 ? 13 : 7)));

  function put(state, key, text) {
    if (text) state.set(key, rf.state.encode(text));
    else state.delete(key);
  }

  function write() {
    const { x, smooth, way, log, logx, range, clip, zoom } = charts.options;
    const state = rf.state.read();
    put(state, "x", x === "step" ? "" : x);
    put(state, "smooth", smooth ? String(smooth) : "");
    put(state, "way", way === "ema" ? "" : way);
    put(state, "log", log ? "1" : "");
    put(state, "logx", logx ? "1" : "");
    put(state, "range", range ? "" : "0");
    put(state, "clip", clip ? "1" : "");
    put(state, "zoom", zoom ? zoom.axis + ":" + short(zoom.from) + ".." + short(zoom.to) : "");
    rf.state.write(state);
  }

  // Safari allows 100 writes to the address in 30 seconds; a slider makes more.
  const writeSoon = rf.debounce(150, write);

  // ---- controls

  function axisSwitch() {
    const button = (axis, text, title) =>
      rf.el(
        "button",
        { type: "button", title, "data-axis": axis, onclick: () => charts.change({ x: axis }) },
        text,
      );
    const metric = rf.el("select", {
      class: "select btn-small",
      name: "x-metric",
      "aria-label": rf.t("A metric as the x axis"),
      hidden: true,
    });
    metric.addEventListener("change", () => charts.change({ x: metric.value || "step" }));
    return rf.el(
      "div",
      { class: "line" },
      rf.el("span", { class: "label", id: "axis-label" }, rf.t("X axis")),
      rf.el(
        "div",
        { class: "seg", role: "group", "aria-labelledby": "axis-label" },
        button("step", rf.t("Step"), rf.t("The step that was logged")),
        button("time", rf.t("Time"), rf.t("Time since the start of each run")),
        button("wall", rf.t("Date"), rf.t("Date and time (UTC)")),
      ),
      metric,
    );
  }

  let metricKeys = [];

  bar.metrics = function (keys) {
    metricKeys = keys;
    for (const element of document.querySelectorAll('[data-rf="chartbar"]')) fillMetrics(element);
  };

  function fillMetrics(element) {
    const select = element.querySelector("[name=x-metric]");
    if (!select) return;
    const { x } = charts.options;
    const keys = x.startsWith("m:") && !metricKeys.includes(x.slice(2)) ? [x.slice(2), ...metricKeys] : metricKeys;
    select.value = x.startsWith("m:") ? x : "";
    if (select.keys === keys.join("\u0000")) return;
    select.keys = keys.join("\u0000");
    select.hidden = keys.length < 2 && !x.startsWith("m:");
    select.replaceChildren(
      rf.el("option", { value: "" }, rf.t("Metric …")),
      ...keys.map((key) => rf.el("option", { value: "m:" + key }, key)),
    );
    select.value = x.startsWith("m:") ? x : "";
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
      rf.el("label", { for: "smooth" }, rf.t("Smoothing")),
      slider,
      rf.el("output", { class: "num", for: "smooth" }),
    );
  }

  function tick(name, label, title) {
    const box = rf.el("input", { type: "checkbox", class: "check", name });
    box.addEventListener("change", () => charts.change({ [name]: box.checked }));
    return rf.el("label", { title }, box, label);
  }

  const WAYS = /* said: */ {
    ema: "Exponential average, weighted by time",
    gauss: "Gaussian",
    mean: "Running mean",
  };

  function more() {
    const way = rf.el(
      "select",
      { class: "select btn-small", name: "way" },
      ...Object.entries(WAYS).map(([value, text]) => rf.el("option", { value }, rf.t(text))),
    );
    way.addEventListener("change", () => charts.change({ way: way.value }));
    return rf.el(
      "details",
      { class: "chart-more" },
      rf.el("summary", { class: "btn btn-small" }, rf.t("More"), rf.icon("chevron")),
      rf.el(
        "div",
        { class: "chart-more-body" },
        rf.el("label", { class: "stacked" }, rf.t("Way of smoothing"), way),
        tick("logx", rf.t("Log x axis")),
        tick("range", rf.t("Range of reduced points"), rf.t("Lowest and highest around the mean of long curves")),
        tick("clip", rf.t("Ignore outliers"), rf.t("The y axis shows the middle 90 % of the values")),
      ),
    );
  }

  function nameFilter() {
    const input = rf.el("input", {
      type: "search",
      class: "input",
      placeholder: rf.t("Filter charts"),
      "aria-label": rf.t("Filter charts by name"),
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
    const { x, smooth, way, zoom } = charts.options;
    for (const button of element.querySelectorAll("[data-axis]")) {
      button.setAttribute("aria-pressed", String(button.dataset.axis === x));
    }
    fillMetrics(element);
    const slider = element.querySelector("[name=smooth]");
    if (Number(slider.value) !== smooth) slider.value = smooth;
    slider.setAttribute("aria-valuetext", smooth.toFixed(2));
    element.querySelector("output").textContent = smooth.toFixed(2);
    for (const name of ["log", "logx", "range", "clip"]) {
      element.querySelector("[name=" + name + "]").checked = charts.options[name];
    }
    element.querySelector("[name=way]").value = way;
    element.querySelector(".zoom-reset").hidden = !zoom;
    element.querySelector(".hint").hidden = Boolean(zoom);
  }

  rf.part("chartbar", (element) => {
    const reset = rf.el(
      "button",
      { type: "button", class: "btn btn-small zoom-reset", hidden: true, onclick: () => charts.resetZoom() },
      rf.t("Reset zoom"),
    );
    const rest = more();
    element.append(axisSwitch(), smoothing(), tick("log", rf.t("Log scale")), rest);
    if (element.dataset.filter) element.append(nameFilter());
    element.append(rf.el("span", { class: "hint" }, rf.t("Drag to zoom")), reset);
    reset.classList.add("card-end");
    document.addEventListener("click", (event) => {
      if (rest.open && !rest.contains(event.target)) rest.open = false;
    });
    rest.addEventListener("keydown", (event) => {
      if (event.key !== "Escape" || !rest.open) return;
      rest.open = false;
      rest.querySelector("summary").focus();
    });
    document.addEventListener("rf:options", () => {
      show(element);
      writeSoon();
    });
    bar.read();
    rf.state.watch(bar.read);
  });
})();
