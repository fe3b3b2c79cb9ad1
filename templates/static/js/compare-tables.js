/* The tables of the compare page: metrics with the best value and deltas to the baseline, params,
   and what is known of the runs' making, by default only where they differ.
   A column is a run or a group: {id, name, color, path, runs: [{payload, …}]}; a view is
   {stat, only, base (a column), change(name, value)}. */
(function () {
  "use strict";

  const { own, keys: keysOf } = rf.curves;
  const STATS = /* said: */ { best: "Best", last: "Last", min: "Min", max: "Max", mean: "Mean" };
  const SHOWN = 3; // values of a group that a cell names

  function columnHead(column, view) {
    const name = column.path
      ? rf.el("a", { href: column.path, class: "trunc", title: column.name }, rf.bdi(column.name))
      : rf.el("span", { class: "trunc", title: column.exact }, rf.bdi(column.name));
    const note = view && view.base === column ? rf.el("span", { class: "faint" }, rf.t("baseline")) : null;
    const swatch = rf.el("span", { class: "swatch c" + column.color });
    return rf.el("th", { scope: "col" }, rf.el("span", { class: "run-head" }, swatch, name, note));
  }

  const headRow = (first, columns, view) =>
    rf.el(
      "thead",
      null,
      rf.el("tr", null, rf.el("th", { scope: "col" }, first), ...columns.map((one) => columnHead(one, view))),
    );

  function card(title, note, end, head, rows) {
    const line = rf.el(
      "div",
      { class: "card-head" },
      rf.el("h2", { class: "card-title" }, title),
      rf.el("span", { class: "card-note" }, ...[].concat(note)),
      end,
    );
    if (!rows.length) return rf.el("section", { class: "card" }, line);
    const table = rf.el("table", { class: "data side-by-side" }, head, rf.el("tbody", null, ...rows));
    const scroll = rf.el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title }, table);
    return rf.el("section", { class: "card" }, line, scroll);
  }

  // ---- metrics

  const runsOf = (columns) => columns.flatMap((column) => column.runs);

  rf.directionOf = function (columns, key) {
    for (const run of runsOf(columns)) {
      const direction = own(run.payload.dirs, key);
      if (direction) return direction;
    }
    return 0;
  };

  /* What the build calls the best; where the payload does not say: the highest or lowest. */
  rf.valueOf = function (run, key, stat, direction) {
    const row = own(run.payload.summary, key);
    if (!row) return null;
    if (stat !== "best") return row[stat] ?? null;
    if (row.best !== undefined) return row.best;
    return (direction > 0 ? row.max : direction < 0 ? row.min : row.last) ?? null;
  };

  /* {value, spread, n} of a column: a run's own value, or the mean of a group with its deviation. */
  function measured(column, key, stat, direction) {
    const some = column.runs
      .map((run) => rf.valueOf(run, key, stat, direction))
      .filter((value) => value !== null);
    const n = some.length;
    if (!n) return { value: null, spread: null, n };
    const value = some.reduce((sum, one) => sum + one, 0) / n;
    if (n < 2) return { value, spread: null, n };
    const squares = some.reduce((sum, one) => sum + (one - value) ** 2, 0);
    return { value, spread: Math.sqrt(squares / (n - 1)), n };
  }

  function bestOf(values, direction) {
    const known = values.filter((value) => value !== null);
    if (!direction || known.length < 2) return null;
    return direction > 0 ? Math.max(...known) : Math.min(...known);
  }

  const signed = (value, decimals) => (value > 0 ? "+" : "") + rf.number(value, decimals);

  /* " (+0.037%)" of the baseline; nothing where a percentage would have too many digits to say it. */
  function share(difference, base) {
    const percent = (100 * difference) / Math.abs(base);
    const size = Math.abs(percent);
    if (!(size >= 0.001 && size <= 1000)) return "";
    return " (" + signed(percent, size >= 0.05 ? 1 : size >= 0.005 ? 3 : 4) + "%)";
  }

  function delta(value, base, direction, decimals) {
    const difference = value - base;
    if (!difference) return rf.el("span", { class: "delta faint" }, "±0");
    const tone = !direction ? "muted" : difference * direction > 0 ? "good" : "bad";
    return rf.el("span", { class: "delta " + tone }, signed(difference, decimals) + share(difference, base));
  }

  function metricCell(found, best, base, direction, decimals) {
    if (found.value === null) return rf.el("td", { class: "num faint" }, "–");
    const won = found.value === best;
    const word = rf.el("span", { class: "sr" }, rf.t("best") + " ");
    const mark = won ? rf.el("span", { class: "best-dot" }, word) : null;
    const text = rf.number(found.value, decimals);
    const spread =
      found.spread === null ? null : rf.el("span", { class: "muted" }, " ± " + rf.number(found.spread, decimals));
    const change =
      base === found || base.value === null ? null : delta(found.value, base.value, direction, decimals);
    return rf.el("td", { class: won ? "num best" : "num" }, mark, text, spread, change);
  }

  function metricRow(key, columns, view) {
    const direction = rf.directionOf(columns, key);
    const found = columns.map((column) => measured(column, key, view.stat, direction));
    const values = found.map((one) => one.value);
    const decimals = rf.decimalsFor(values.filter((value) => value !== null));
    const best = bestOf(values, direction);
    const base = found[columns.indexOf(view.base)] || found[0];
    const cells = found.map((one) => metricCell(one, best, base, direction, decimals));
    const arrow = direction ? rf.icon(direction > 0 ? "up" : "down") : null;
    if (arrow) arrow.title = direction > 0 ? rf.t("larger is better") : rf.t("smaller is better");
    return rf.el("tr", null, rf.el("th", { scope: "row" }, rf.bdi(rf.named(key)), arrow), ...cells);
  }

  function statSwitch(view) {
    const buttons = Object.entries(STATS).map(([name, label]) =>
      rf.el(
        "button",
        {
          type: "button",
          "aria-pressed": String(name === view.stat),
          onclick: () => view.change("stat", name),
        },
        rf.t(label),
      ),
    );
    return rf.el("div", { class: "seg seg-small", role: "group", "aria-label": rf.t("Which value") }, ...buttons);
  }

  function baseChoice(columns, view) {
    const option = (column) =>
      rf.el("option", { value: column.id, selected: column === view.base }, column.name);
    const select = rf.el("select", { class: "select btn-small" }, ...columns.map(option));
    select.addEventListener("change", () =>
      view.change("base", select.value === columns[0].id ? "" : select.value),
    );
    return rf.el("label", { class: "check-label" }, rf.t("Baseline"), select);
  }

  rf.metricTable = function (columns, keys, view) {
    const several = columns.length > 1;
    const note = several ? [rf.el("span", { class: "best-dot" }), " " + rf.t("best of the chosen")] : "";
    const end = rf.el(
      "div",
      { class: "line card-end" },
      several ? baseChoice(columns, view) : null,
      statSwitch(view),
    );
    const rows = keys.map((key) => metricRow(key, columns, view));
    return card(rf.t("Metrics"), note, end, headRow(rf.t("Metric"), columns, several ? view : null), rows);
  };

  // ---- params and facts: maps from a key to a text for each run

  /* The values of a column's runs, each once; undefined where one has none, which comes last. */
  const valuesOf = (column, read, key) =>
    Array.from(new Set(column.runs.map((run) => own(read(run), key)))).sort(rf.groups.natural);

  /* Which values stand out: all but the most common one; all of them when none is more common. */
  function unlike(texts) {
    const counts = new Map();
    for (const text of texts) counts.set(text, (counts.get(text) || 0) + 1);
    if (counts.size < 2) return () => false;
    const most = Math.max(...counts.values());
    const leaders = Array.from(counts.values()).filter((count) => count === most).length;
    return (text) => leaders > 1 || counts.get(text) < most;
  }

  function shownValues(values) {
    const texts = values.slice(0, SHOWN).map((value) => (value === undefined || value === "" ? "–" : value));
    const rest = values.length - texts.length;
    return texts.join(", ") + (rest > 0 ? " … " + rf.t("{n} more", { n: rest }) : "");
  }

  function factRow(key, columns, read) {
    const found = columns.map((column) => valuesOf(column, read, key));
    const texts = found.map((values) => JSON.stringify(values.map((value) => value ?? null)));
    const stands = unlike(texts);
    const cells = found.map((values, at) => {
      const missing = values.length === 1 && values[0] === undefined;
      const look = [stands(texts[at]) ? "differs" : "", missing ? "faint" : "mono"];
      return rf.el("td", { class: look.filter(Boolean).join(" ") }, rf.bdi(shownValues(values)));
    });
    return rf.el("tr", null, rf.el("th", { scope: "row", class: "mono" }, rf.bdi(rf.named(key))), ...cells);
  }

  const differs = (columns, read, key) => new Set(runsOf(columns).map((run) => own(read(run), key))).size > 1;

  function allKeys(columns, read) {
    return Array.from(new Set(runsOf(columns).flatMap((run) => keysOf(read(run)))));
  }

  function onlyBox(view) {
    const box = rf.el("input", { type: "checkbox", class: "check", checked: view.only });
    box.addEventListener("change", () => view.change("only", box.checked));
    return rf.el("label", { class: "card-end check-label" }, box, rf.t("Only differences"));
  }

  function factTable(title, first, columns, view, read, keys, words, box) {
    const several = runsOf(columns).length > 1;
    const shown = view.only && several ? keys.filter((key) => differs(columns, read, key)) : keys;
    const hidden = keys.length - shown.length;
    const note = hidden ? rf.t("{n} identical hidden", { n: rf.number(hidden) }) : "";
    const rows = shown.map((key) => factRow(key, columns, read));
    const told = rows.length ? note : [words, note].filter(Boolean).join(" · ");
    return card(title, told, several && box ? onlyBox(view) : null, headRow(first, columns), rows);
  }

  const paramsOf = (run) => run.payload.params;

  rf.paramTable = function (columns, view) {
    const keys = allKeys(columns, paramsOf).sort();
    const words = keys.length
      ? rf.t("These runs have the same params.")
      : rf.t("These runs have no params.");
    return factTable(rf.t("Params"), rf.t("Param"), columns, view, paramsOf, keys, words, true);
  };

  const ABOUT = /* said: */ [
    ["Run", "Environment", "Fact"],
    ["Git", "Code", "Git"],
    ["Data", "Data", "Dataset"],
    ["Packages", "Packages", "Package"],
  ];

  const sectionOf = (section) => (run) => own(run.payload.about, section) || {};

  /* Environment, git, data, packages: each a table, where any of the runs tells of it. */
  rf.aboutTables = function (columns, view) {
    const tables = [];
    for (const [section, title, first] of ABOUT) {
      const read = sectionOf(section);
      const keys = allKeys(columns, read);
      if (!keys.length) continue;
      if (section === "Packages") keys.sort();
      tables.push(
        factTable(rf.t(title), rf.t(first), columns, view, read, keys, rf.t("The same in all of these runs.")),
      );
    }
    return tables;
  };

  // ---- the same as CSV

  rf.compareCsv = function (columns, keys, view) {
    const rows = [["kind", "key", ...columns.map((column) => column.exact || column.name)]];
    rows.push(["run", "id", ...columns.map((column) => column.runs.map((run) => run.id).join(" "))]);
    const grouped = columns.some((column) => column.runs.length > 1);
    for (const key of keys) {
      const direction = rf.directionOf(columns, key);
      const found = columns.map((column) => measured(column, key, view.stat, direction));
      rows.push(["metric", key, ...found.map((one) => one.value)]);
      if (grouped) rows.push(["std", key, ...found.map((one) => one.spread)]);
    }
    const facts = (kind, read, some) => {
      for (const key of some) {
        const text = (column) => valuesOf(column, read, key).filter((value) => value !== undefined);
        rows.push([kind, key, ...columns.map((column) => text(column).join(" | "))]);
      }
    };
    facts("param", paramsOf, allKeys(columns, paramsOf).sort());
    for (const [section] of ABOUT) {
      facts(section.toLowerCase(), sectionOf(section), allKeys(columns, sectionOf(section)));
    }
    return rf.csvText(rows);
  };
})();
