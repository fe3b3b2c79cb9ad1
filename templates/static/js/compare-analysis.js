/* Across the chosen runs: two of their numbers as dots, all params as parallel axes, and which
   params go with a metric. rf.compareAnalysis(page, place) → {read(state), write(set), show(…)}
     at=JSON of {m: metric, x, y, by: side, axes: {order, flip, log}} in the address; a side is
     "m:NAME" or "p:NAME". */
(function () {
  "use strict";

  const { charts, effects } = rf;
  const { own, keys: keysOf } = rf.curves;
  const MOST_AXES = 12;

  // ---- what the runs bring

  /* A param as numbers where all of its texts are some; else as texts. */
  function paramValues(runs, key) {
    const texts = runs.map((run) => own(run.payload.params, key));
    const numbers = texts.map((text) => (text === undefined || text.trim() === "" ? null : Number(text)));
    const numeric = texts.every((text, at) => text === undefined || Number.isFinite(numbers[at]));
    return numeric && texts.some((text) => text !== undefined)
      ? numbers
      : texts.map((text) => (text === undefined ? null : text));
  }

  function directionOf(runs, key) {
    return runs.map((run) => own(run.payload.dirs, key)).find(Boolean) || 0;
  }

  function metricValues(runs, key, stat) {
    const direction = directionOf(runs, key);
    return runs.map((run) => rf.valueOf(run, key, stat, direction));
  }

  /* Numbers over more than two powers of ten are seen on a log scale. */
  function spansDecades(values) {
    const known = values.filter((value) => value !== null);
    if (!known.length || known.some((value) => typeof value !== "number" || value <= 0)) return false;
    return Math.max(...known) / Math.min(...known) >= 100;
  }

  function side(runs, name, stat) {
    const key = name.slice(2);
    const v = name.startsWith("p:") ? paramValues(runs, key) : metricValues(runs, key, stat);
    return { key: name, label: key, v, log: name.startsWith("p:") && spansDecades(v) };
  }

  // ---- frames

  function figure(kind, title) {
    const head = rf.el("figcaption", { class: "card-head" }, rf.el("span", { class: "card-title" }, title));
    const body = rf.el("div", { class: "chart-body", role: "img", "aria-label": title });
    const about = { class: "chart card", "data-rf": "chart", "data-chart": kind, "data-title": title };
    return rf.el("figure", about, head, body);
  }

  function select(label, options, value, act) {
    const box = rf.el(
      "select",
      { class: "select btn-small" },
      ...options.map(([key, text]) => rf.el("option", { value: key, selected: key === value }, text)),
    );
    box.addEventListener("change", () => act(box.value));
    return rf.el("label", { class: "check-label" }, label, box);
  }

  // ---- the parts

  rf.compareAnalysis = function (page, place) {
    let view = {};
    let shown = null;
    const pair = figure("pair", rf.t("Two numbers of each run"));
    const parallel = figure("parallel", rf.t("Params and metric"));
    const tables = rf.el("div", { class: "stack" });
    const bar = rf.el("div", { class: "chart-bar card analysis-bar" });

    function read(state) {
      try {
        const found = JSON.parse(rf.state.decode(state.get("at") || "{}"));
        view = found && typeof found === "object" ? found : {};
      } catch {
        view = {}; // a link that was cut
      }
    }

    const write = (set) => set("at", Object.keys(view).length ? rf.state.encode(JSON.stringify(view)) : "");

    function change(key, value) {
      view[key] = value;
      page.write();
      draw();
    }

    function lay() {
      const title = rf.el("h2", { class: "section-title" }, rf.t("Across these runs"));
      place.replaceChildren(title, bar, rf.el("div", { class: "chart-grid wide" }, pair, parallel), tables);
      rf.begin(place);
      watch.observe(place);
    }

    /* What is asked for where these runs have it; else the metric, and the param that varies most. */
    function chosen() {
      const { metrics, params } = shown;
      const known = new Set([...metrics.map((key) => "m:" + key), ...params.map((key) => "p:" + key)]);
      const valid = (name, otherwise) => (known.has(name) ? name : otherwise);
      const metric = metrics.includes(view.m) ? view.m : metrics[0];
      const numeric = params.find((key) => paramValues(shown.runs, key).some((v) => typeof v === "number"));
      const first = params.length ? "p:" + (numeric || params[0]) : "m:" + (metrics[1] || metric);
      return {
        metric,
        x: valid(view.x, first),
        y: valid(view.y, "m:" + metric),
        by: view.by && known.has(view.by) ? view.by : "",
      };
    }

    function drawBar(now) {
      const { metrics, params } = shown;
      const sides = [
        ...metrics.map((key) => ["m:" + key, key]),
        ...params.map((key) => ["p:" + key, rf.t("param {name}", { name: key })]),
      ];
      const metric = metrics.map((key) => [key, key]);
      bar.replaceChildren(
        select(rf.t("Metric"), metric, now.metric, (value) => change("m", value)),
        select(rf.t("Dots: x"), sides, now.x, (value) => change("x", value)),
        select("y", sides, now.y, (value) => change("y", value)),
        select(rf.t("colour"), [["", rf.t("run")], ...sides], now.by, (value) => change("by", value)),
      );
    }

    function drawPair(now) {
      const { runs, colors } = shown;
      const stat = page.stat;
      const model = {
        runs: runs.map((run) => ({ id: run.id, name: run.name, path: run.path, color: colors.get(run.id) ?? 0 })),
        x: side(runs, now.x, stat),
        y: side(runs, now.y, stat),
        by: now.by ? side(runs, now.by, stat) : null,
      };
      const labels = { y: model.y.label, x: model.x.label };
      pair.querySelector(".card-title").replaceChildren(rf.bdi(rf.t("{y} against {x}", labels)));
      const plot = charts.of(pair);
      plot.title = rf.t("{y} against {x}", labels);
      plot.summary = plot.title;
      charts.set(pair, model);
    }

    function drawParallel(now) {
      const { runs, params } = shown;
      const usable = params.map((key) => ({ key, v: paramValues(runs, key) }));
      const axes = usable
        .filter(({ v }) => v.some((value) => typeof value === "number") || new Set(v).size < runs.length)
        .slice(0, MOST_AXES)
        .map(({ key, v }) => {
          const kind = v.some((value) => typeof value === "string") ? "cat" : "num";
          return { key: "p:" + key, label: key, kind, log: spansDecades(v) ? 1 : 0, v };
        });
      charts.of(parallel).title = rf.t("Params and {metric}", { metric: now.metric });
      charts.set(parallel, {
        metric: now.metric,
        dir: directionOf(runs, now.metric) || 1,
        runs: runs.map((run) => [run.id, run.name, "runs/" + encodeURIComponent(run.id) + ".html"]),
        y: metricValues(runs, now.metric, page.stat),
        axes,
        view: view.axes,
        changed: (axes) => {
          view.axes = axes;
          page.write();
        },
      });
    }

    // Only for who scrolls there: resampling takes longer than all the tables above.
    let near = false;
    let due = false;
    const watch = new IntersectionObserver(
      ([entry]) => {
        near = entry.isIntersecting;
        if (near && due) draw();
      },
      { rootMargin: "400px" },
    );

    function draw() {
      due = !near;
      if (!shown || due) return;
      const now = chosen();
      drawBar(now);
      drawPair(now);
      drawParallel(now);
      const values = new Map(shown.params.map((key) => [key, paramValues(shown.runs, key)]));
      const ys = metricValues(shown.runs, now.metric, page.stat);
      tables.replaceChildren(...rf.effectTables(values, ys, now.metric, directionOf(shown.runs, now.metric)));
    }

    return {
      read,
      write,
      show(runs, columns, metrics) {
        const params = rf.groups.varying(runs);
        place.hidden = runs.length < 2 || !metrics.length;
        if (place.hidden) return;
        const colors = new Map(columns.flatMap((column) => column.runs.map((run) => [run.id, column.color])));
        shown = { runs, metrics, params, colors };
        if (!pair.isConnected) lay();
        draw();
      },
    };
  };
})();
