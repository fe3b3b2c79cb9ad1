/* The charts of a leaderboard follow its table: progress, scatter, parallel coordinates and the
   front show the runs that the filters let through. The page brings a sample of all runs; a
   filtered view is made from the table's own columns, so that no run is missing in it. */
(function () {
  "use strict";

  const MOST = 2000;
  const el = rf.el;

  const place = (model, row) => [model.ids[row], model.name(row), ""];

  /* At most MOST of the rows, evenly; the first (the best one) is among them. */
  function sample(rows) {
    if (rows.length <= MOST) return rows;
    return Array.from({ length: MOST }, (_, at) => rows[Math.floor((at * rows.length) / MOST)]);
  }

  /* Of a chart's own data only the runs of these ids; lists as long as the runs are cut alike. */
  function only(data, ids) {
    const keep = data.runs.map((run) => ids.has(run[0]));
    const cut = (list) => list.filter((_, at) => keep[at]);
    const found = { ...data, runs: cut(data.runs) };
    for (const name of ["t", "x", "y"]) if (data[name]) found[name] = cut(data[name]);
    for (const name of ["params", "axes"]) {
      if (data[name]) found[name] = data[name].map((one) => ({ ...one, v: cut(one.v) }));
    }
    return found;
  }

  const textOf = (model, col) => (row) => (col.v[row] === null ? null : model.text(col, row));

  function axis(model, one, rows) {
    const col = model.byKey.get("p:" + one.key);
    if (!col) return null;
    const read = one.kind === "num" && model.isNumeric(col) ? (row) => col.v[row] : textOf(model, col);
    return { ...one, v: rows.map(read) };
  }

  /* The chart's data for these rows, from the table's columns; null where they do not hold it. */
  function fromTable(model, kind, data, rows) {
    const primary = model.byKey.get(model.primary);
    const started = model.byKey.get("started");
    if (!primary || !started) return null;
    const worth = model.order(primary);
    const known = rows.filter((row) => primary.v[row] !== null);
    const kept = sample(known.sort((a, b) => (worth[b] - worth[a]) * primary.dir || a - b));
    const runs = kept.map((row) => place(model, row));
    const found = { ...data, runs, y: kept.map((row) => primary.v[row]) };
    if (kind === "progress") {
      // The table knows the second of a start; runs of one second keep their order by the chart's own.
      const exact = new Map(data.runs.map((run, at) => [run[0], data.t[at]]));
      return { ...found, t: kept.map((row) => exact.get(model.ids[row]) ?? started.v[row] * 1000) };
    }
    const name = kind === "scatter" ? "params" : "axes";
    const axes = data[name].map((one) => axis(model, one, kept));
    return axes.includes(null) ? null : { ...found, [name]: axes };
  }

  /* The same runs by the values that are shown. */
  function shownValues(model, data) {
    if (!model.by || !model.members) return data;
    const values = new Map(model.ids.flatMap((_, row) => model.membersOf(row).map((one) => [one.id, one.value])));
    return { ...data, y: data.runs.map((run) => values.get(run[0]) ?? null) };
  }

  // ---- one figure

  /* `filtered`: the rows that are shown, null where all are. */
  function follow(board, figure, filtered) {
    const { model } = board;
    const kind = figure.dataset.chart;
    const plot = rf.charts.of(figure);
    if (!plot || !plot.data.runs) return;
    const note = figure.querySelector(".card-note");
    if (note && figure.rfNote === undefined) figure.rfNote = note.textContent;
    const param = plot.model && plot.model.param;
    let data = plot.data;
    if (filtered || model.by) {
      const rows = rowsOf(model, filtered);
      const ids = () => new Set(rows.flatMap((row) => model.runsOf(row)));
      data = (model.members ? null : fromTable(model, kind, plot.data, rows)) || shownValues(model, only(plot.data, ids()));
    }
    if (note) {
      const shown = filtered && rf.t("{n} runs of the filtered table", { n: rf.number(data.runs.length, 0) });
      const stat = model.by && rf.t("{stat} values", { stat: rf.tools.statWord(model.stat) });
      note.textContent = [shown || figure.rfNote, stat].filter(Boolean).join(" · ");
    }
    rf.charts.set(figure, param ? { ...data, param } : data);
  }

  // ---- two metrics and their front

  const rowsOf = (model, rows) => rows || Array.from({ length: model.n }, (_, row) => row);

  function axes(board, figure) {
    const data = rf.charts.of(figure).data;
    const metrics = board.model.cols.filter((col) => col.k.startsWith("m:") && col.low !== null);
    const find = (key, usual) => metrics.find((col) => col.k === key) || metrics.find((col) => col.k === usual);
    const { x, y } = board.state;
    return { metrics, x: find(x, data.xkey), y: find(y, data.ykey) };
  }

  function chooser(board, figure, axis) {
    const { metrics, ...now } = axes(board, figure);
    const select = el(
      "select",
      { class: "select btn-small", "aria-label": axis === "x" ? rf.t("Metric to the right") : rf.t("Metric upwards") },
      ...metrics.map((col) => el("option", { value: col.k, selected: now[axis] === col }, col.l)),
    );
    select.addEventListener("change", () => {
      const usual = rf.charts.of(figure).data[axis + "key"];
      board.change({ [axis]: select.value === usual ? "" : select.value });
    });
    return select;
  }

  function startFront(board, figure) {
    if (!rf.charts.of(figure) || axes(board, figure).metrics.length < 2) return () => {};
    const selects = { y: chooser(board, figure, "y"), x: chooser(board, figure, "x") };
    const head = figure.querySelector(".card-head");
    head.append(
      el("span", { class: "front-axes no-print" }, selects.y, el("span", { class: "muted" }, rf.t("against")), selects.x),
    );
    const title = head.querySelector(".card-title");
    const note = head.querySelector(".card-note");
    const table = figure.parentElement.querySelector(".front-table");
    return (filtered) => {
      const { x, y } = axes(board, figure);
      if (!x || !y) return;
      selects.x.value = x.k;
      selects.y.value = y.k;
      const { model } = board;
      const known = rowsOf(model, filtered)
        .filter((row) => x.v[row] !== null && y.v[row] !== null)
        .sort((a, b) => a - b);
      const best = rf.front(known.map((row) => [x.v[row], y.v[row]]), [x.dir || 1, y.dir || 1]).map((at) => known[at]);
      const kept = [...new Set([...best.slice(0, MOST), ...sample(known)])];
      title.textContent = rf.t("{metric} and {second}", { metric: y.l, second: x.l });
      note.textContent = rf.t(model.members ? "{n} of {all} groups are on the front" : "{n} of {all} runs are on the front", {
        n: rf.number(best.length, 0),
        all: rf.number(known.length, 0),
      });
      rf.charts.set(figure, {
        metric: y.l,
        dir: y.dir || 1,
        xmetric: x.l,
        xdir: x.dir || 1,
        runs: kept.map((row) => place(model, row)),
        x: kept.map((row) => x.v[row]),
        y: kept.map((row) => y.v[row]),
      });
      frontTable(model, table, best.slice(0, 40), [y, x]);
    };
  }

  function frontTable(model, table, rows, cols) {
    const heads = table.tHead.rows[0].cells;
    cols.forEach((col, at) => heads[at + 1].replaceChildren(rf.bdi(col.l)));
    const line = (row) => {
      const name = model.name(row);
      const link = el("a", { class: "run-link trunc", href: rf.runLink(model.ids[row]), title: name }, rf.bdi(name));
      const values = cols.map((col) => el("td", { class: "num" }, model.text(col, row) + (col.unit ? " " + col.unit : "")));
      return el("tr", null, el("th", { scope: "row" }, link), ...values);
    };
    table.tBodies[0].replaceChildren(...rows.map(line));
  }

  // ---- all of a board

  rf.boardCharts = function (board) {
    const around = board.element.closest(".leaderboard");
    if (!around || !rf.charts) return () => {};
    const figures = ["progress", "scatter", "parallel"].flatMap((kind) => [
      ...around.querySelectorAll('figure[data-chart="' + kind + '"]'),
    ]);
    const front = around.querySelector('figure[data-chart="pareto"]');
    const updateFront = front ? startFront(board, front) : () => {};
    let before = false;
    let axesBefore = "";
    const update = rf.debounce(120, (rows) => {
      const filtered = rows.length < board.model.n ? rows.slice() : null;
      const other = Boolean(filtered || board.model.by);
      if (other || before) for (const figure of figures) follow(board, figure, filtered);
      // As the page came, the front stands already.
      const now = board.state.x + "\u0000" + board.state.y + board.model.stat;
      if (filtered || before || now !== axesBefore) updateFront(filtered);
      before = other;
      axesBefore = now;
    });
    axesBefore = "\u0000";
    return (state, rows) => update(rows);
  };
})();
