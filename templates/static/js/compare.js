/* The compare page: chosen runs from the address, their files, pills, charts, tables, analysis.
     compare.html#runs=a,b     ids; any table links here with them (rf.compareLink)
       group=p:lr,p:depth      a line for each group (compare-groups.js), band=minmax|std|stderr|none
       hide=a,b                runs or groups that are not drawn       base=a   what deltas refer to
       stat=last|min|max|mean  all=1 (same params too)                 at=…     the analysis
     and the chart bar's x, smooth, way, log, logx, range, clip, zoom.
   One file that cannot be read becomes a notice; the other runs are drawn. A column is a run or a
   group: {id, name, path, color, dash, runs: [run]}; a run has its payload. */
(function () {
  "use strict";

  const PER_LINE = 8; // runs behind one line, where they are grouped or only analysed
  const STATS = ["best", "last", "min", "max", "mean"];
  const BANDS = ["minmax", "std", "stderr", "none"];

  function start(element) {
    const slot = (name) => element.querySelector('[data-slot="' + name + '"]');
    const limit = Number(element.dataset.limit);
    const page = {
      element,
      slot,
      limit,
      index: new Map(), // id → {id, name, experiment, status, value, file}
      ids: [],
      stat: "best",
      only: true,
      group: "",
      band: "std",
      base: "",
      hidden: new Set(),
      payloads: new Map(), // id → payload, or Error
      charts: rf.compareCharts(slot("charts"), element.querySelector(".chart-bar")),
      redraw: () => show(page),
    };
    page.write = () => write(page);
    page.analysis = rf.compareAnalysis(page, slot("analysis"));
    rf.load("index", "site", element.dataset.src).then(
      (index) => begin(page, index),
      (error) => slot("notices").append(rf.notice(error.message)),
    );
  }

  function begin(page, index) {
    for (const [id, name, experiment, status, value, file] of index.runs) {
      page.index.set(id, { id, name: name || id, experiment, status, value, file });
    }
    const find = (text) => rf.comparePills.search(page, text);
    const picker = rf.picker({ find, choose: (id) => add(page, id), label: rf.t("Add a run by name") });
    page.slot("picker").append(picker);
    const read = () => {
      const state = rf.state.read();
      const one = (key, allowed, otherwise) => (allowed.includes(state.get(key)) ? state.get(key) : otherwise);
      page.stat = one("stat", STATS, "best");
      page.band = one("band", BANDS, "std");
      page.only = state.get("all") !== "1";
      page.group = rf.join(rf.split(state.get("group") || ""));
      page.base = rf.state.decode(state.get("base") || "");
      page.hidden = new Set(rf.split(state.get("hide") || ""));
      page.analysis.read(state);
      choose(page, rf.split(state.get("runs") || ""), false);
    };
    rf.state.watch(read);
    read();
  }

  const add = (page, id) => choose(page, [...page.ids, id], true);
  const drop = (page, gone) =>
    choose(
      page,
      page.ids.filter((each) => !gone.includes(each)),
      true,
    );

  function write(page) {
    const state = rf.state.read();
    const set = (key, text) => (text ? state.set(key, text) : state.delete(key));
    const columns = new Set(page.columns ? page.columns.map((column) => column.id) : []);
    set("runs", rf.join(page.ids));
    set("group", page.group);
    set("band", page.band === "std" ? "" : page.band);
    set("hide", rf.join(Array.from(page.hidden).filter((id) => columns.has(id))));
    set("base", rf.state.encode(page.base));
    set("stat", page.stat === "best" ? "" : page.stat);
    set("all", page.only ? "" : "1");
    page.analysis.write(set);
    rf.state.write(
      new Map([["runs", state.get("runs")], ...state].filter(([, value]) => value !== undefined)),
    );
  }

  // ---- which runs

  function choose(page, wanted, asked) {
    const unique = Array.from(new Set(wanted.filter(Boolean)));
    const unknown = unique.filter((id) => !page.index.has(id));
    const known = unique.filter((id) => page.index.has(id));
    page.ids = known.slice(0, page.limit * PER_LINE);
    page.notices = [];
    if (unknown.length) {
      const names = unknown.slice(0, 12).join(", ") + (unknown.length > 12 ? ", …" : "");
      const text =
        unknown.length === 1
          ? rf.t("1 run of this link is not in this site: {names}. Deleted, or from another store?", { names })
          : rf.t("{n} runs of this link are not in this site: {names}. Deleted, or from another store?", {
              n: rf.number(unknown.length),
              names,
            });
      page.notices.push(text);
    }
    if (known.length > page.ids.length) {
      const n = { n: rf.number(page.ids.length), rest: rf.number(known.length - page.ids.length) };
      page.notices.push(rf.t("At most {n} runs are read at once; {rest} left out.", n));
    }
    if (asked) write(page);
    if (page.ids.length) rf.charts.expect();
    show(page);
    const absent = (ids) => ids.filter((id) => !page.payloads.has(id));
    const fetchAll = (ids) => Promise.all(ids.map((id) => fetchRun(page, id)));
    // First those that are drawn; where there are more, they count in the analysis alone.
    const [first, rest] = [absent(drawnOf(page, page.ids)), () => absent(page.ids)];
    fetchAll(first).then(() => {
      if (first.length) show(page);
      const later = rest();
      fetchAll(later).then(() => later.length && show(page, true));
    });
  }

  /* The runs whose lines are drawn: all of them, where each may be part of a group. */
  const drawnOf = (page, all) => (page.group ? all : all.slice(0, page.limit));

  function fetchRun(page, id) {
    return rf.load("run", id, rf.link(page.index.get(id).file)).then(
      (payload) => page.payloads.set(id, payload),
      (error) => page.payloads.set(id, error),
    );
  }

  function runsOf(page) {
    return page.ids.map((id) => {
      const payload = page.payloads.get(id);
      const failed = payload instanceof Error ? payload : null;
      return { ...page.index.get(id), path: rf.runLink(id), payload: failed ? null : payload || null, failed };
    });
  }

  /* Runs or groups as columns and lines: a colour each, and another dash from the ninth on. */
  function columnsOf(page, runs) {
    const ready = runs.filter((run) => run.payload);
    const grouped = page.group && ready.length > 1;
    const all = grouped ? rf.groups.of(ready, page.group) : runs.map((run) => ({ ...run, runs: [run] }));
    const shown = all.slice(0, page.limit);
    const colors = rf.colors(shown.map((column) => column.id));
    const used = new Map();
    for (const column of shown) {
      column.color = colors.get(column.id);
      column.dash = used.get(column.color) || 0;
      used.set(column.color, column.dash + 1);
    }
    return { columns: shown, rest: all.length - shown.length, grouped: Boolean(grouped) };
  }

  /* The metrics of any of the runs: the leaderboard's first, then what most of them have. */
  function metricKeys(ready) {
    const counts = new Map();
    for (const key of ready.flatMap((run) => rf.curves.keys(run.payload.m))) {
      counts.set(key, (counts.get(key) || 0) + 1);
    }
    const primary = ready.map((run) => run.payload.primary).find(Boolean);
    return Array.from(counts)
      .sort(([a, n], [b, m]) => (b === primary) - (a === primary) || m - n)
      .map(([key]) => key);
  }

  // ---- what is shown

  /* `late`: after the runs that are only analysed have come. */
  function show(page, late) {
    const all = runsOf(page);
    const ready = all.filter((run) => run.payload);
    const open = (run) => !run.payload && !run.failed;
    const pending = drawnOf(page, all).some(open);
    const { columns, rest, grouped } = columnsOf(page, all);
    Object.assign(page, { columns, grouped, ready });
    showNotices(page, all, rest);
    rf.comparePills.show(page, all, { add: (id) => add(page, id), drop: (ids) => drop(page, ids) });
    page.slot("content").hidden = !ready.length;
    if (pending || !ready.length) return; // once, when the files of all lines have come
    const keys = metricKeys(ready);
    const drawn = columns.filter((column) => column.runs[0].payload);
    const seen = drawn.filter((column) => !page.hidden.has(column.id));
    const lines = JSON.stringify([keys, seen.map((column) => column.id)]);
    if (!late || grouped || lines !== page.lines) {
      rf.chartbar.metrics(keys);
      page.charts.show(seen, keys, { grouped, band: page.band, chosen: drawn.length });
      showTables(page, drawn, keys);
    }
    page.lines = lines;
    if (!all.some(open)) page.analysis.show(ready, columns, keys);
  }

  function showNotices(page, all, rest) {
    const failed = all.filter((run) => run.failed).map((run) => run.name + ": " + run.failed.message);
    const notes = [...page.notices];
    if (rest > 0) {
      const n = { n: page.limit, rest: rf.number(rest) };
      notes.push(
        page.grouped
          ? rf.t("At most {n} groups are drawn at once; {rest} left out.", n)
          : rf.t(
              "At most {n} runs are drawn at once; {rest} left out of charts and tables. " +
                "Grouped, and in the analysis below, all of them count.",
              n,
            ),
      );
    }
    const nodes = [...notes, ...failed].map((text) => rf.notice(text, "warn"));
    if (all.length === 1 && !nodes.length)
      nodes.push(rf.notice(rf.t("One run is chosen. Add another above to compare them."), "info"));
    page.slot("notices").replaceChildren(...nodes);
  }

  // ---- tables

  function showTables(page, columns, keys) {
    const change = (name, value) => {
      page[name] = value;
      write(page);
      showTables(page, columns, keys);
    };
    const base = columns.find((column) => column.id === page.base) || columns[0];
    const view = { stat: page.stat, only: page.only, base, change };
    const parts = [rf.paramTable(columns, view), ...rf.aboutTables(columns, view), files(columns, keys, view)];
    if (keys.length) parts.unshift(rf.metricTable(columns, keys, view));
    page.slot("tables").replaceChildren(...parts);
  }

  function files(columns, keys, view) {
    // Selected and copied from here where the clipboard asks for https.
    const address = rf.el("span", { class: "sr" });
    const button = (icon, text, act) =>
      rf.el("button", { type: "button", class: "btn btn-small", onclick: act }, rf.icon(icon), text);
    const link = button("link", rf.t("Copy link"), async () => {
      address.textContent = location.href;
      await rf.copy(location.href, address);
      address.textContent = "";
      rf.say(rf.t("Link copied"));
    });
    const csv = button("download", rf.t("Tables as CSV"), () =>
      rf.charts.save("compare.csv", "text/csv", rf.compareCsv(columns, keys, view)),
    );
    return rf.el("div", { class: "line no-print" }, link, csv, address);
  }

  rf.part("compare", start);
})();
