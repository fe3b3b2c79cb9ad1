/* The compare page: chosen runs from the address, their files, pills, charts, tables.
     compare.html#runs=a,b&stat=last&all=1  and the chart bar's x, smooth, log, zoom
   One file that cannot be read becomes a notice; the other runs are drawn. */
(function () {
  "use strict";

  const SUGGESTIONS = 8;

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
      payloads: new Map(), // id → payload, or Error
      charts: rf.compareCharts(slot("charts"), element.querySelector(".chart-bar")),
    };
    rf.load("index", "site", element.dataset.src).then(
      (index) => begin(page, index),
      (error) => slot("notices").append(rf.notice(error.message)),
    );
  }

  function begin(page, index) {
    for (const [id, name, experiment, status, value, file] of index.runs) {
      page.index.set(id, { id, name: name || id, experiment, status, value, file });
    }
    const find = (text) => search(page, text);
    page
      .slot("picker")
      .append(rf.picker({ find, choose: (id) => add(page, id), label: "Add a run by name" }));
    const read = () => {
      const state = rf.state.read();
      page.stat = ["last", "mean"].includes(state.get("stat")) ? state.get("stat") : "best";
      page.only = state.get("all") !== "1";
      choose(page, rf.split(state.get("runs") || ""), false);
    };
    rf.state.watch(read);
    read();
  }

  /* Names with all words: the very name first, then those that begin with the text. */
  function search(page, text) {
    const words = text.toLowerCase().split(/\s+/).filter(Boolean);
    const found = [];
    for (const run of page.index.values()) {
      if (page.ids.includes(run.id)) continue;
      const hay = (run.name + " " + run.experiment + " " + run.id).toLowerCase();
      if (words.every((word) => hay.includes(word))) found.push(run);
      if (found.length >= 200) break;
    }
    const typed = text.toLowerCase();
    const near = ({ name }) =>
      name.toLowerCase() === typed ? 0 : name.toLowerCase().startsWith(typed) ? 1 : 2;
    return found
      .sort((a, b) => near(a) - near(b))
      .slice(0, SUGGESTIONS)
      .map((run) => ({
        id: run.id,
        name: run.name,
        note: [run.value === null ? "" : rf.number(run.value), run.experiment].filter(Boolean).join(" · "),
      }));
  }

  const add = (page, id) => choose(page, [...page.ids, id], true);
  const drop = (page, id) =>
    choose(
      page,
      page.ids.filter((each) => each !== id),
      true,
    );

  function write(page) {
    const state = rf.state.read();
    const set = (key, text) => (text ? state.set(key, text) : state.delete(key));
    set("runs", rf.join(page.ids));
    set("stat", page.stat === "best" ? "" : page.stat);
    set("all", page.only ? "" : "1");
    rf.state.write(
      new Map([["runs", state.get("runs")], ...state].filter(([, value]) => value !== undefined)),
    );
  }

  // ---- which runs

  function choose(page, wanted, asked) {
    const unique = Array.from(new Set(wanted.filter(Boolean)));
    const unknown = unique.filter((id) => !page.index.has(id));
    const known = unique.filter((id) => page.index.has(id));
    page.ids = known.slice(0, page.limit);
    page.notices = [];
    if (unknown.length) {
      page.notices.push(
        rf.counted(unknown.length, "run") +
          " of this link " +
          (unknown.length === 1 ? "is" : "are") +
          " not in this site: " +
          unknown.slice(0, 12).join(", ") +
          (unknown.length > 12 ? ", …" : "") +
          ". Deleted, or from another store?",
      );
    }
    if (known.length > page.limit) {
      page.notices.push(
        "At most " +
          page.limit +
          " runs are compared at once; " +
          rf.counted(known.length - page.limit, "run") +
          " left out.",
      );
    }
    if (asked) write(page);
    show(page);
    const missing = page.ids.filter((id) => !page.payloads.has(id));
    Promise.all(missing.map((id) => fetchRun(page, id))).then(() => missing.length && show(page));
  }

  function fetchRun(page, id) {
    return rf.load("run", id, rf.link(page.index.get(id).file)).then(
      (payload) => page.payloads.set(id, payload),
      (error) => page.payloads.set(id, error),
    );
  }

  /* Runs as columns and lines: a colour each, and another dash from the ninth on. */
  function columns(page) {
    const colors = rf.colors(page.ids);
    const used = new Map();
    return page.ids.map((id) => {
      const color = colors.get(id);
      const dash = used.get(color) || 0;
      used.set(color, dash + 1);
      const payload = page.payloads.get(id);
      const ready = payload && !(payload instanceof Error);
      return {
        ...page.index.get(id),
        path: rf.runLink(id),
        color,
        dash,
        payload: ready ? payload : null,
        failed: payload instanceof Error ? payload : null,
      };
    });
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

  function show(page) {
    const all = columns(page);
    const ready = all.filter((run) => run.payload);
    const pending = all.some((run) => !run.payload && !run.failed);
    showNotices(page, all);
    const decimals = rf.decimalsFor(all.map((run) => run.value));
    page.slot("pills").replaceChildren(...all.map((run) => pill(page, run, decimals)));
    page.slot("lead").textContent = all.length
      ? all.length +
        " of at most " +
        page.limit +
        " runs. The address of this page keeps the choice, so it can be shared."
      : "Up to " + page.limit + " runs beside each other: curves, metrics, params.";
    showEmpty(page, all.length === 0);
    page.slot("content").hidden = !ready.length;
    if (pending || !ready.length) return; // once, when all files have come
    const keys = metricKeys(ready);
    page.charts.show(ready, keys);
    showTables(page, ready, keys);
  }

  function showNotices(page, all) {
    const failed = all.filter((run) => run.failed).map((run) => run.name + ": " + run.failed.message);
    const nodes = [...page.notices, ...failed].map((text) => rf.notice(text, "warn"));
    if (all.length === 1 && !nodes.length)
      nodes.push(rf.notice("One run is chosen. Add another above to compare them.", "info"));
    page.slot("notices").replaceChildren(...nodes);
  }

  function pill(page, run, decimals) {
    const sample = rf.svg(
      "svg",
      { class: "dash c" + run.color, width: 26, height: 10, "aria-hidden": "true" },
      rf.svg("line", {
        x1: 1,
        y1: 5,
        x2: 25,
        y2: 5,
        "stroke-dasharray": rf.charts.dashes[run.dash % 3].join(" "),
      }),
    );
    const remove = rf.el(
      "button",
      { type: "button", "aria-label": "Remove " + run.name, onclick: () => drop(page, run.id) },
      rf.icon("cross"),
    );
    const value =
      run.value === null || run.value === undefined
        ? null
        : rf.el("span", { class: "num muted" }, rf.number(run.value, decimals));
    return rf.el(
      "li",
      { class: run.failed ? "pill missing" : "pill" },
      sample,
      rf.el("a", { href: run.path, class: "trunc", title: run.name }, rf.bdi(run.name)),
      value,
      remove,
    );
  }

  function showEmpty(page, empty) {
    const place = page.slot("empty");
    place.hidden = !empty;
    if (!empty) return;
    const some = search(page, "").slice(0, 4);
    place.replaceChildren(
      rf.icon("compare"),
      rf.el("strong", null, "No run is chosen"),
      rf.el(
        "p",
        null,
        some.length
          ? "Add runs by name above, tick them in a leaderboard, or begin with one of these:"
          : "This site has no runs yet.",
      ),
      rf.el(
        "div",
        { class: "line" },
        ...some.map((run) =>
          rf.el(
            "button",
            { type: "button", class: "btn btn-small", onclick: () => add(page, run.id) },
            rf.bdi(run.name),
          ),
        ),
      ),
    );
  }

  // ---- tables

  function showTables(page, ready, keys) {
    const change = (name, value) => {
      page[name] = value;
      write(page);
      showTables(page, ready, keys);
    };
    const parts = [rf.paramTable(ready, page.only, (only) => change("only", only))];
    if (keys.length) parts.unshift(rf.metricTable(ready, keys, page.stat, (stat) => change("stat", stat)));
    parts.push(files(ready, keys, page.stat));
    page.slot("tables").replaceChildren(...parts);
  }

  function files(ready, keys, stat) {
    // Selected and copied from here where the clipboard asks for https.
    const address = rf.el("span", { class: "sr" });
    const link = rf.el("button", { type: "button", class: "btn btn-small" }, rf.icon("link"), "Copy link");
    link.addEventListener("click", async () => {
      address.textContent = location.href;
      await rf.copy(location.href, address);
      address.textContent = "";
      rf.say("Link copied");
    });
    const csv = rf.el(
      "button",
      { type: "button", class: "btn btn-small" },
      rf.icon("download"),
      "Tables as CSV",
    );
    csv.addEventListener("click", () => {
      const href = URL.createObjectURL(new Blob([rf.compareCsv(ready, keys, stat)], { type: "text/csv" }));
      rf.el("a", { href, download: "compare.csv" }).click();
      setTimeout(() => URL.revokeObjectURL(href), 1000);
    });
    return rf.el("div", { class: "line no-print" }, rf.copy ? link : null, csv, address);
  }

  rf.part("compare", start);
})();
