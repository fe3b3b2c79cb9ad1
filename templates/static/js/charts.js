/* Charts: rf.charts. Loads Vega when the first chart nears the view, draws one chart per idle
   turn, and again when its data, size or the page's options change.

   Each figure (partials/chart.html) is a plot {figure, body, kind, title, data, model, drawing}.
   A kind is registered by figures.js: rf.charts.kind(name, {draw(plot, box) → drawing, overlay}).
   A drawing is {data: {name: rows}, params: {name: value}, form, variant, empty, …}: what the spec
   of the same name (site/charts.py) asks for, in pixels of the box; `variant` names the axes it is
   compiled for. A new `form` embeds anew; else the rows are only exchanged. Colours are CSS variables, so a theme needs no redraw.
     rf.charts.expect()             charts will be drawn: the library is read meanwhile
     rf.charts.set(figure, model)   gives a plot its data     rf.charts.of(figure) → plot
     rf.charts.change({smooth: …})  options of all plots      rf.charts.options, event rf:options */
(function () {
  "use strict";

  const MARGIN = { left: 50, right: 14, top: 10, bottom: 26 };
  const NEAR = "240px";
  const own = document.currentScript.dataset;

  const charts = {
    plots: [],
    options: {
      x: "step", // step, time, wall, or m:NAME
      smooth: 0,
      way: "ema", // ema, gauss, mean
      log: false,
      logx: false,
      range: true, // the lowest and highest around the mean of reduced series
      clip: false, // y shows the middle 90 %
      zoom: null,
    },
    margin: MARGIN,
  };
  rf.charts = charts;

  const kinds = new Map();
  const byFigure = new Map();

  charts.kind = (name, kind) => kinds.set(name, kind);
  charts.of = (figure) => byFigure.get(figure);

  // ---- Vega and the specs, once a page

  let loading = null;

  function unread() {
    throw new Error(rf.t("The chart library ({file}) could not be read.", { file: own.vega.split("/").pop() }));
  }

  function library() {
    if (!loading) {
      const specs = rf.load("charts", "all", own.specs);
      loading = Promise.all([specs, rf.script(own.vega, "vega").catch(unread)]).then((found) => found[0]);
    }
    return loading;
  }

  charts.expect = () => library().catch(() => {}); // the first plot says what went wrong

  // ---- drawing one plot

  function boxOf(plot) {
    const margin = Object.assign({}, MARGIN, kinds.get(plot.kind).margin);
    const width = Math.floor(plot.body.clientWidth);
    const height = Math.floor(plot.body.clientHeight);
    if (width < 60 || height < 60) return null; // hidden: in a closed group or tab
    return Object.assign(margin, {
      outer: width,
      width: width - margin.left - margin.right,
      height: height - margin.top - margin.bottom,
    });
  }

  async function paint(plot) {
    const box = boxOf(plot);
    if (!box || !plot.model) return;
    plot.dirty = false;
    const began = performance.now();
    const drawing = kinds.get(plot.kind).draw(plot, box);
    if (drawing.empty) return showEmpty(plot, drawing.empty);
    plot.box = box;
    plot.drawing = drawing;
    if (plot.view && plot.form === drawing.form) await exchange(plot, drawing, box);
    else await embed(plot, drawing, box);
    finish(plot);
    plot.took = performance.now() - began;
  }

  /* The spec of a kind in one form, with the page's font in place of its placeholder. */
  const dressed = new Map();

  function specOf(specs, name) {
    if (!dressed.has(name)) {
      const font = JSON.stringify(getComputedStyle(document.body).fontFamily);
      const text = JSON.stringify(specs[name]).replaceAll('"rf-font"', () => font);
      dressed.set(name, JSON.parse(text));
    }
    return dressed.get(name);
  }

  async function embed(plot, drawing, box) {
    const spec = specOf(await library(), plot.kind + ":" + (drawing.variant || ""));
    const target = rf.el("div", { class: "chart-plot", "aria-hidden": "true" });
    const view = await rf.vega.draw(spec, target, (made) => {
      made.padding({ left: box.left, right: box.right, top: box.top, bottom: box.bottom });
      plot.shown = {};
      give(made, plot, drawing, box);
    });
    if (plot.view) plot.view.finalize();
    plot.view = view;
    plot.form = drawing.form;
    clear(plot, target);
  }

  function exchange(plot, drawing, box) {
    give(plot.view, plot, drawing, box);
    return plot.view.runAsync();
  }

  /* What a chart shows: rows, what its params are, its size. */
  function give(view, plot, drawing, box) {
    for (const [name, rows] of Object.entries(drawing.data)) view.data(name, rows);
    for (const [name, value] of Object.entries(drawing.params)) {
      if (JSON.stringify(plot.shown[name]) !== JSON.stringify(value)) view.signal(name, value);
    }
    plot.shown = drawing.params;
    view.width(box.width).height(box.height);
  }

  function clear(plot, target) {
    const old = plot.body.querySelectorAll(":scope > .chart-plot, :scope > .still, :scope > .chart-empty");
    for (const node of old) node.remove();
    plot.body.prepend(target);
    plot.body.removeAttribute("role");
    plot.body.removeAttribute("aria-label");
  }

  function showEmpty(plot, text) {
    if (plot.view) plot.view.finalize();
    plot.view = null;
    plot.drawing = null;
    clear(plot, rf.el("p", { class: "chart-empty muted" }, text));
    if (plot.overlay) plot.overlay.hide();
  }

  function finish(plot) {
    const start = kinds.get(plot.kind).overlay;
    if (!plot.overlay) {
      plot.overlay = start(plot);
      charts.tools(plot);
    }
    plot.overlay.place();
    charts.showRemarks(plot);
    charts.showTier(plot);
    plot.figure.dataset.drawn = plot.kind;
  }

  function failed(plot, error) {
    plot.dirty = false;
    if (plot.failed) return;
    plot.failed = true;
    // The still picture stays; the library's failure is told once for the whole page.
    console.error(error);
    if (charts.told) return;
    charts.told = true;
    plot.figure.before(
      rf.notice(rf.t("Charts cannot be drawn, still pictures are shown instead.") + " " + error.message, "warn"),
    );
  }

  // ---- which plot is next

  let turning = false;

  /* What a reader sees at once, what is further down in idle time. */
  const next = (call) =>
    charts.plots.some((plot) => waiting(plot) && inView(plot)) ? setTimeout(call) : rf.idle(call);

  const waiting = (plot) => plot.dirty && plot.near && plot.model && !plot.failed;

  function inView(plot) {
    const area = plot.body.getBoundingClientRect();
    return area.bottom > 0 && area.top < innerHeight;
  }

  async function attempt(plot) {
    try {
      await paint(plot);
      if (plot.dirty && !boxOf(plot)) plot.near = false; // hidden: seen again when it opens
    } catch (error) {
      failed(plot, error);
    }
  }

  async function turn() {
    const plot = charts.plots.find((each) => waiting(each) && inView(each)) || charts.plots.find(waiting);
    if (!plot) {
      turning = false;
      return;
    }
    await attempt(plot);
    next(turn);
  }

  function start() {
    if (turning) return;
    turning = true;
    next(turn);
  }

  /* Plots in view at once, for a slider that is being moved; the others in idle turns. */
  let refreshing = false;
  let again = false;

  async function refresh() {
    if (refreshing) {
      again = true;
      return;
    }
    refreshing = true;
    do {
      again = false;
      for (const plot of charts.plots) if (waiting(plot) && inView(plot)) await attempt(plot);
    } while (again);
    refreshing = false;
    start();
  }

  charts.touch = function (plot) {
    plot.dirty = true;
    if (plot.near) start();
  };

  charts.set = function (figure, model) {
    const plot = byFigure.get(figure);
    if (!plot) return;
    plot.model = model;
    charts.touch(plot);
  };

  charts.change = function (options) {
    Object.assign(charts.options, options);
    for (const plot of charts.plots) plot.dirty = true;
    document.dispatchEvent(new CustomEvent("rf:options"));
    requestAnimationFrame(refresh);
  };

  /* Forgets the plots of figures that left the page. */
  charts.prune = function () {
    for (const plot of charts.plots) {
      if (plot.figure.isConnected) continue;
      if (plot.view) plot.view.finalize();
      near.unobserve(plot.body);
      sizes.unobserve(plot.body);
      byFigure.delete(plot.figure);
    }
    charts.plots = charts.plots.filter((plot) => plot.figure.isConnected);
  };

  // ---- figures

  const near = new IntersectionObserver(
    (entries) => {
      for (const entry of entries) {
        const plot = byFigure.get(entry.target.parentElement);
        if (!plot) continue;
        plot.near = entry.isIntersecting;
        if (waiting(plot)) start();
      }
    },
    { rootMargin: NEAR },
  );

  const resized = rf.debounce(120, () => {
    for (const plot of charts.plots) {
      const box = boxOf(plot);
      if (!box) continue;
      if (plot.box && plot.box.outer === box.outer && plot.box.height === box.height) continue;
      plot.dirty = true;
      if (!plot.box) plot.near = inView(plot) || plot.near;
    }
    start();
  });
  const sizes = new ResizeObserver(resized);

  function inlineData(figure) {
    const block = figure.querySelector("script.chart-data");
    return block ? JSON.parse(block.textContent) : {};
  }

  rf.part("chart", (figure) => {
    const kind = figure.dataset.chart;
    if (!kinds.has(kind)) return;
    const plot = {
      figure,
      body: figure.querySelector(".chart-body"),
      kind,
      title: figure.dataset.title || "",
      data: inlineData(figure),
      summary: "",
      dirty: true,
      near: false,
    };
    plot.summary = plot.body.getAttribute("aria-label") || plot.title;
    plot.model = kinds.get(kind).model ? kinds.get(kind).model(plot) : null;
    byFigure.set(figure, plot);
    charts.plots.push(plot);
    near.observe(plot.body);
    sizes.observe(plot.body);
  });
})();
