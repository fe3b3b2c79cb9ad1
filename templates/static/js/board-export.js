/* What is shown, as a file or on the clipboard: the rows that the filters let through, in their
   order, with the shown columns. CSV and JSON hold the numbers as they are in the data, Markdown
   and LaTeX as they are shown.

   rf.exports.text(kind, sheet) → text; a sheet is {cols: [{k, l, t, unit, best: Set of rows}],
   rows: [[{value, text, best}]]}. */
(function () {
  "use strict";

  const el = rf.el;

  // ---- from the board to a sheet

  function sheetOf(board) {
    const { model, state } = board;
    const { pinned, rest } = board.ordered();
    const cols = model.shown(state).filter((col) => col.t !== "spark");
    const rank = board.ranked ? [{ k: "rank", l: "#", t: "str", unit: "" }] : [];
    const heads = cols.map(({ k, l, t, unit }) => ({ k, l, t, unit: unit || "" }));
    const [first, ...others] = heads;
    const rows = [...pinned, ...rest].map((row) => {
      const cells = cols.map((col) => cellOf(model, col, row));
      return [...(rank.length ? [{ value: model.rank(row), text: model.rank(row) }] : []), ...cells];
    });
    const ids = [...pinned, ...rest].map((row) => model.ids[row]);
    return { cols: [...rank, first, ...others], rows, ids: model.members ? null : ids };
  }

  function cellOf(model, col, row) {
    const value = col.t === "run" ? model.name(row) : col.v[row];
    const spread = model.spread(col, row);
    const text = col.t === "run" ? value : model.text(col, row) + (spread && " " + spread);
    const plain = col.t === "num" || col.t === "dur" ? value : col.t === "range" ? value : text;
    return { value: plain ?? null, text, best: col.top !== undefined && model.isNumeric(col) && model.isBest(col, row) };
  }

  // ---- CSV

  function csvCell(value) {
    if (value === null) return "";
    if (typeof value === "number") return String(value);
    const text = rf.harmless(Array.isArray(value) ? value.join(" to ") : String(value));
    return /[",\n\r]/.test(text) ? '"' + text.replaceAll('"', '""') + '"' : text;
  }

  const headText = (col) => (col.unit ? col.l + " (" + col.unit + ")" : col.l);

  function csv({ cols, rows, ids }) {
    const head = [...cols.map(headText), ...(ids ? ["run_id"] : [])];
    const lines = rows.map((cells, at) => [...cells.map((cell) => cell.value), ...(ids ? [ids[at]] : [])]);
    return [head, ...lines].map((line) => line.map(csvCell).join(",")).join("\r\n") + "\r\n";
  }

  // ---- JSON

  function json({ cols, rows, ids }) {
    const taken = new Set(ids ? ["run_id"] : []);
    const names = cols.map((col) => {
      const name = taken.has(col.l) ? col.k : col.l;
      taken.add(name);
      return name;
    });
    const found = rows.map((cells, at) =>
      Object.fromEntries([
        ...(ids ? [["run_id", ids[at]]] : []),
        ...cells.map((cell, i) => [names[i], cell.value]),
      ]),
    );
    return JSON.stringify(found, null, 2) + "\n";
  }

  // ---- Markdown and LaTeX

  const isNumber = (col) => ["num", "dur", "range", "time"].includes(col.t);
  const markdownText = (text) =>
    text.replace(/[\r\n]+/g, " ").replace(/[\\`*_[\]<>|#~$]/g, (sign) => "\\" + sign);

  function markdown({ cols, rows }) {
    const line = (cells) => "| " + cells.join(" | ") + " |";
    return (
      [
        line(cols.map((col) => markdownText(headText(col)))),
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

  function latex({ cols, rows }) {
    const cell = (col, { text, best }) => {
      const found = isNumber(col) && col.t !== "time" ? latexNumber(text) : latexText(text);
      return best ? "\\textbf{" + found + "}" : found;
    };
    const line = (cells) => cells.join(" & ") + " \\\\";
    return [
      "% needs \\usepackage{booktabs}",
      "\\begin{tabular}{" + cols.map((col) => (isNumber(col) ? "r" : "l")).join("") + "}",
      "\\toprule",
      line(cols.map((col) => latexText(headText(col)))),
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
      await copy(panel, make(sheetOf(board)));
      rf.say(rf.t("Copied {n} rows as {kind}", { n: board.rows.length, kind: label }));
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
      const cols = board.model.shown(state).filter((col) => col.t !== "spark").length;
      note.textContent = rf.t("What is shown: {rows} rows, {cols} columns, filtered and sorted as here.", {
        rows: rf.number(board.rows.length, 0),
        cols,
      });
    };
  };
})();
