/* The tables of the compare page: metrics with the best value marked, params with their
   differences. A column is a run: {id, name, color, dash, path, payload}. */
(function () {
  "use strict";

  const STATS = { best: "Best", last: "Last", mean: "Mean" };

  function headRow(first, columns) {
    return rf.el(
      "thead",
      null,
      rf.el(
        "tr",
        null,
        rf.el("th", { scope: "col" }, first),
        ...columns.map((run) =>
          rf.el(
            "th",
            { scope: "col" },
            rf.el(
              "span",
              { class: "run-head" },
              rf.el("span", { class: "swatch c" + run.color }),
              rf.el("a", { href: run.path, class: "trunc", title: run.name }, rf.bdi(run.name)),
            ),
          ),
        ),
      ),
    );
  }

  function card(title, note, end, table) {
    const head = rf.el(
      "div",
      { class: "card-head" },
      rf.el("h2", { class: "card-title" }, title),
      rf.el("span", { class: "card-note" }, ...[].concat(note)),
      end,
    );
    return rf.el(
      "section",
      { class: "card" },
      head,
      rf.el("div", { class: "scroll", tabindex: "0", role: "region", "aria-label": title }, table),
    );
  }

  const { own, keys: keysOf } = rf.curves;

  // ---- metrics

  function directionOf(columns, key) {
    for (const run of columns) {
      const direction = own(run.payload.dirs, key);
      if (direction) return direction;
    }
    return 0;
  }

  /* What the build calls the best; where the payload does not say: the highest or lowest. */
  function valueOf(run, key, stat, direction) {
    const row = own(run.payload.summary, key);
    if (!row) return null;
    if (stat !== "best") return row[stat] ?? null;
    if (row.best !== undefined) return row.best;
    return (direction > 0 ? row.max : direction < 0 ? row.min : row.last) ?? null;
  }

  function bestOf(values, direction) {
    const known = values.filter((value) => value !== null);
    if (!direction || known.length < 2) return null;
    return direction > 0 ? Math.max(...known) : Math.min(...known);
  }

  function metricRow(key, columns, stat) {
    const direction = directionOf(columns, key);
    const values = columns.map((run) => valueOf(run, key, stat, direction));
    const decimals = rf.decimalsFor(values.filter((value) => value !== null));
    const best = bestOf(values, direction);
    const cells = values.map((value) => {
      if (value === null) return rf.el("td", { class: "num faint" }, "–");
      const won = value === best;
      const mark = won ? rf.el("span", { class: "best-dot" }, rf.el("span", { class: "sr" }, "best ")) : null;
      return rf.el("td", { class: won ? "num best" : "num" }, mark, rf.number(value, decimals));
    });
    const arrow = direction ? rf.icon(direction > 0 ? "up" : "down") : null;
    if (arrow) arrow.title = direction > 0 ? "larger is better" : "smaller is better";
    return rf.el("tr", null, rf.el("th", { scope: "row" }, rf.bdi(key), arrow), ...cells);
  }

  function statSwitch(stat, change) {
    const buttons = Object.entries(STATS).map(([name, label]) =>
      rf.el(
        "button",
        { type: "button", "aria-pressed": String(name === stat), onclick: () => change(name) },
        label,
      ),
    );
    return rf.el(
      "div",
      { class: "seg seg-small card-end", role: "group", "aria-label": "Which value" },
      ...buttons,
    );
  }

  rf.metricTable = function (columns, keys, stat, change) {
    const table = rf.el(
      "table",
      { class: "data side-by-side" },
      headRow("Metric", columns),
      rf.el("tbody", null, ...keys.map((key) => metricRow(key, columns, stat))),
    );
    const note = columns.length > 1 ? [rf.el("span", { class: "best-dot" }), " best of the chosen runs"] : "";
    return card("Metrics", note, statSwitch(stat, change), table);
  };

  // ---- params

  function paramKeys(columns) {
    const keys = new Set();
    for (const run of columns) for (const key of keysOf(run.payload.params)) keys.add(key);
    return Array.from(keys).sort();
  }

  /* Which values stand out: all but the most common one; all of them when none is more common. */
  function unlike(values) {
    const counts = new Map();
    for (const value of values) counts.set(value, (counts.get(value) || 0) + 1);
    if (counts.size < 2) return () => false;
    const most = Math.max(...counts.values());
    const leaders = Array.from(counts.values()).filter((count) => count === most).length;
    return (value) => leaders > 1 || counts.get(value) < most;
  }

  function paramRow(key, columns) {
    const values = columns.map((run) => own(run.payload.params, key));
    const stands = unlike(values);
    const cells = values.map((value) => {
      const tinted = stands(value);
      if (value === undefined) return rf.el("td", { class: tinted ? "differs faint" : "faint" }, "–");
      return rf.el("td", { class: tinted ? "mono differs" : "mono" }, rf.bdi(value));
    });
    return rf.el("tr", null, rf.el("th", { scope: "row", class: "mono" }, rf.bdi(key)), ...cells);
  }

  rf.paramTable = function (columns, only, change) {
    const keys = paramKeys(columns);
    const differing = keys.filter(
      (key) => new Set(columns.map((run) => own(run.payload.params, key))).size > 1,
    );
    const shown = only && columns.length > 1 ? differing : keys;
    const hidden = keys.length - shown.length;
    const box = rf.el("input", { type: "checkbox", class: "check", checked: only });
    box.addEventListener("change", () => change(box.checked));
    const end =
      columns.length > 1 ? rf.el("label", { class: "card-end check-label" }, box, "Only differences") : null;
    const note = hidden ? rf.number(hidden) + " identical hidden" : "";
    const body = shown.length
      ? shown.map((key) => paramRow(key, columns))
      : [
          rf.el(
            "tr",
            null,
            rf.el(
              "td",
              { class: "muted", colspan: columns.length + 1 },
              keys.length ? "These runs have the same params." : "These runs have no params.",
            ),
          ),
        ];
    return card(
      "Params",
      note,
      end,
      rf.el(
        "table",
        { class: "data side-by-side" },
        headRow("Param", columns),
        rf.el("tbody", null, ...body),
      ),
    );
  };

  // ---- the same as CSV

  const quote = (text) => (/[",\r\n]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text);

  /* A leading = + - @ would be run as a formula by spreadsheets; numbers are left alone. */
  function csvCell(value) {
    if (value === null || value === undefined) return "";
    if (typeof value === "number") return String(value);
    return quote(/^[=+\-@\t\r]/.test(value) && Number.isNaN(Number(value)) ? "'" + value : value);
  }

  rf.compareCsv = function (columns, keys, stat) {
    const rows = [
      ["kind", "key", ...columns.map((run) => run.name)],
      ["run", "id", ...columns.map((run) => run.id)],
    ];
    for (const key of keys) {
      const direction = directionOf(columns, key);
      rows.push(["metric", key, ...columns.map((run) => valueOf(run, key, stat, direction))]);
    }
    for (const key of paramKeys(columns))
      rows.push(["param", key, ...columns.map((run) => own(run.payload.params, key))]);
    return rows.map((row) => row.map(csvCell).join(",")).join("\r\n") + "\r\n";
  };
})();
