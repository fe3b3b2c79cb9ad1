/* What is shown, as a file or on the clipboard: the rows that the filters let through, in their
   order, with the shown columns. Heads say which values these are, and in which unit; beside the
   mean of a group stand its deviation, its number and its interval, shown or not. CSV and JSON hold
   the numbers as they are in the data, an interval as two columns; Markdown and LaTeX hold them as
   they are shown.

   rf.exports.text(kind, sheet) → text; a sheet is {cols: [{k, l, t, unit, plain, shown, pm}], rows:
   [[{value, text, best}]], ids}: `plain` gives the heads beside numbers, `shown` is that beside
   texts. */
(function () {
  "use strict";

  const el = rf.el;
  const BESIDE = ["spread", "runs", "ci"]; // what a mean is worth nothing without

  // ---- from the board to a sheet

  function sheetOf(board) {
    const { model, state } = board;
    const { pinned, rest } = board.ordered();
    const cols = columnsOf(model, state);
    const rank = board.ranked ? [{ k: "rank", l: "#", t: "rank", plain: () => "#", shown: "#" }] : [];
    const heads = cols.map((col) => ({ ...headOf(model, col), k: col.k, l: col.l, t: col.t }));
    const found = [...pinned, ...rest];
    const rows = found.map((row) => {
      const cells = cols.map((col) => cellOf(model, col, row));
      const place = model.rank(row);
      return rank.length ? [{ value: Number(place?.replace("=", "")) || null, text: place }, ...cells] : cells;
    });
    return { cols: [...rank, ...heads], rows, ids: model.members ? null : found.map((row) => model.ids[row]) };
  }

  /* The shown columns, and behind the mean of a group those that say how far it can be trusted. */
  function columnsOf(model, state) {
    const cols = model.shown(state).filter((col) => col.t !== "spark");
    const at = cols.findIndex((col) => col.k === model.primary);
    if (!model.members || at < 0) return cols;
    const missing = BESIDE.map((key) => model.byKey.get(key)).filter((col) => col && !cols.includes(col));
    cols.splice(at + 1, 0, ...missing);
    return cols;
  }

  /* What a file calls a column: "loss (best, ms)", "loss (mean ± std of best, ms)". A length of time
     has its unit in the text where it is written out. */
  function headOf(model, col) {
    const name = col.full || col.l;
    const head = (...notes) => (end) => {
      const found = notes.filter(Boolean).join(", ");
      return name + (end ? ", " + end : "") + (found ? " (" + found + ")" : "");
    };
    const stat = model.shows(col);
    const mean = stat && model.members ? rf.t("mean of {stat}", { stat }) : stat;
    if (col.t === "dur") return { plain: head("s"), shown: name };
    const shown = col.pm ? rf.t("mean ± std of {stat}", { stat }) : mean;
    return { plain: head(mean, col.unit), shown: head(shown, col.unit)(), pm: Boolean(col.pm) };
  }

  function cellOf(model, col, row) {
    const value = col.t === "run" ? model.exact(row) : col.v[row];
    const spread = model.spread(col, row);
    const text = col.t === "run" ? model.name(row) : model.text(col, row) + (spread && " " + spread);
    const best = col.top !== undefined && model.isNumeric(col) && model.isBest(col, row);
    if (col.t === "tags") return { value: (value || []).map((index) => col.d[index]), text, best };
    const plain = ["num", "dur", "range", "run"].includes(col.t) ? value : text || null;
    return { value: plain ?? null, text, best };
  }

  /* The sheet for programs: an interval is two numbers, and no two heads are alike. */
  function flat({ cols, rows, ids }) {
    const wide = cols.map((col) => col.t === "range");
    const heads = cols.flatMap(({ k, plain }, at) =>
      wide[at] ? [rf.t("low"), rf.t("high")].map((end) => ({ k: k + " " + end, name: plain(end) })) : [{ k, name: plain() }],
    );
    const taken = new Set(ids ? ["run_id"] : []);
    const names = heads.map(({ k, name }) => {
      let found = taken.has(name) ? k : name;
      while (taken.has(found)) found += "'";
      taken.add(found);
      return found;
    });
    const lines = rows.map((cells) => cells.flatMap(({ value }, at) => (wide[at] ? value || [null, null] : [value])));
    return { names, lines };
  }

  // ---- CSV

  function csvCell(value) {
    if (value === null) return "";
    if (typeof value === "number") return String(value);
    const text = rf.harmless(Array.isArray(value) ? value.join(", ") : String(value));
    return /[",\n\r]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  }

  function csv(sheet) {
    const { names, lines } = flat(sheet);
    const { ids } = sheet;
    const all = [[...names, ...(ids ? ["run_id"] : [])], ...lines.map((line, at) => [...line, ...(ids ? [ids[at]] : [])])];
    return all.map((line) => line.map(csvCell).join(",")).join("\r\n") + "\r\n";
  }

  // ---- JSON

  function json(sheet) {
    const { names, lines } = flat(sheet);
    const { ids } = sheet;
    const found = lines.map((line, at) =>
      Object.fromEntries([...(ids ? [["run_id", ids[at]]] : []), ...line.map((value, i) => [names[i], value])]),
    );
    return JSON.stringify(found, null, 2) + "\n";
  }

  // ---- Markdown and LaTeX

  const isNumber = (col) => ["num", "dur", "range", "time", "rank"].includes(col.t);
  const markdownText = (text) =>
    text.replace(/[\r\n]+/g, " ").replace(/[\\`*_[\]<>|#~$]/g, (sign) => "\\" + sign);

  /* In texts the deviation stands behind the mean already. */
  function written({ cols, rows }) {
    const twice = cols.some((col) => col.pm) ? cols.findIndex((col) => col.k === "spread") : -1;
    const keep = (list) => list.filter((_, at) => at !== twice);
    return { cols: keep(cols), rows: rows.map(keep) };
  }

  function markdown(sheet) {
    const { cols, rows } = written(sheet);
    const line = (cells) => "| " + cells.join(" | ") + " |";
    return (
      [
        line(cols.map((col) => markdownText(col.shown))),
        line(cols.map((col) => (isNumber(col) ? "---:" : "---"))),
        ...rows.map((cells) =>
          line(cells.map(({ text, best }) => (best ? "**" + markdownText(text) + "**" : markdownText(text)))),
        ),
      ].join("\n") + "\n"
    );
  }

  const LATEX = new Map([
    ["\\", "\\textbackslash{}"],
    ["~", "\\textasciitilde{}"],
    ["^", "\\textasciicircum{}"],
    ["<", "\\textless{}"],
    [">", "\\textgreater{}"],
    ["|", "\\textbar{}"],
    ["±", "$\\pm$"],
    ["–", "--"],
    ["Δ", "$\\Delta$"],
    ["→", "$\\rightarrow$"],
    ["µ", "$\\mu$"],
  ]);

  /* The \\ of the row before would take a bracket or a star at the start of a row for its own. */
  const latexText = (text) =>
    text
      .replace(/[\u0000-\u001f\u007f]+/g, " ")
      .replace(/[\\~^<>|±–Δ→µ#$%&_{}]/g, (sign) => LATEX.get(sign) || "\\" + sign)
      .replace(/^[[*]/, "{$&}");

  /* A number with its minus and its power of ten as mathematics. */
  const latexNumber = (text) =>
    latexText(text)
      .replace(/(^|\s)-(?=\d)/g, "$1$$-$$")
      .replace(/(\d)e(-?\d+)/g, (_, digit, power) => digit + "$\\times10^{" + power + "}$");

  function latex(sheet) {
    const { cols, rows } = written(sheet);
    const cell = (col, { text, best }) => {
      const found = isNumber(col) && col.t !== "time" ? latexNumber(text) : latexText(text);
      return best ? "\\textbf{" + found + "}" : found;
    };
    const line = (cells) => cells.join(" & ") + " \\\\";
    return [
      "% needs \\usepackage{booktabs}",
      "\\begin{tabular}{" + cols.map((col) => (isNumber(col) ? "r" : "l")).join("") + "}",
      "\\toprule",
      line(cols.map((col) => latexText(col.shown))),
      "\\midrule",
      ...rows.map((cells) => line(cells.map((one, at) => cell(cols[at], one)))),
      "\\bottomrule",
      "\\end{tabular}",
      "",
    ].join("\n");
  }

  const KINDS = new Map([
    ["csv", { label: "CSV", type: "text/csv", make: csv }],
    ["md", { label: "Markdown", type: "text/markdown", make: markdown }],
    ["tex", { label: "LaTeX", type: "application/x-tex", make: latex }],
    ["json", { label: "JSON", type: "application/json", make: json }],
  ]);

  // ---- the panel

  function save(name, type, text) {
    const link = el("a", { href: URL.createObjectURL(new Blob([text], { type })), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  async function copy(panel, text) {
    // Where the clipboard needs https, the text is copied from the page itself.
    const place = el("pre", { class: "sr" }, text);
    panel.append(place);
    await rf.copy(text, place);
    place.remove();
  }

  function rowOf(board, panel, [kind, { label, type, make }]) {
    const copyButton = el("button", { class: "btn btn-small", type: "button", "aria-label": rf.t("Copy as {kind}", { kind: label }) }, rf.icon("copy"), rf.t("Copy"));
    const saveButton = el("button", { class: "btn btn-small", type: "button", "aria-label": rf.t("Download as {kind}", { kind: label }) }, rf.icon("download"), rf.t("Download"));
    copyButton.addEventListener("click", async () => {
      const sheet = sheetOf(board);
      await copy(panel, make(sheet));
      rf.say(rf.t("Copied {n} rows as {kind}", { n: sheet.rows.length, kind: label }));
      copyButton.replaceChildren(rf.icon("check"), rf.t("Copied"));
      setTimeout(() => copyButton.replaceChildren(rf.icon("copy"), rf.t("Copy")), 1500);
    });
    saveButton.addEventListener("click", () => save(board.element.dataset.slug + "." + kind, type, make(sheetOf(board))));
    return el("li", { class: "export-kind" }, el("span", { class: "strong" }, label), copyButton, saveButton);
  }

  rf.exports = { text: (kind, sheet) => KINDS.get(kind).make(sheet), sheetOf };

  rf.tools.exports = function (board) {
    const button = board.element.querySelector(".board-export");
    if (!button) return () => {};
    const note = el("p", { class: "muted export-note" });
    const panel = el("div", { class: "panel", id: "export-panel", role: "group", "aria-label": rf.t("Export"), hidden: true });
    panel.append(note, el("ul", { class: "export-kinds" }, ...Array.from(KINDS, (kind) => rowOf(board, panel, kind))));
    rf.tools.popover(button, panel);
    return (state) => {
      const cols = columnsOf(board.model, state).length;
      const { pinned, rest } = board.ordered();
      note.textContent = rf.t("What is shown: {rows} rows, {cols} columns, filtered and sorted as here.", {
        rows: rf.number(pinned.length + rest.length, 0),
        cols,
      });
    };
  };
})();
