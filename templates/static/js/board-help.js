/* How to search: a panel beside the search box, with examples that can be tried by a click. */
(function () {
  "use strict";

  const el = rf.el;

  /* Examples that fit this table: its own columns and values where it has some. */
  function examples(model) {
    const number = model.numbers.find((col) => col.k.startsWith("p:") && col.low < col.high);
    const metric = model.byKey.get(model.primary);
    const words = model.facets.find((col) => col.k.startsWith("p:"));
    const tags = model.cols.find((col) => col.t === "tags" && col.d.length);
    const quoted = (text) => (/^[\w./-]+$/.test(text) ? text : '"' + text.replace(/["\\]/g, "\\$&") + '"');
    const key = (col) => quoted(col.k.slice(2));
    return [
      ["baseline", rf.t("words in names, ids, tags, experiments and groups; all of them must be there")],
      ["/-s[0-3]$/", rf.t("a regular expression in those; letters may be large or small")],
      tags && ["tag:" + quoted(tags.d[0]), rf.t("runs with a tag")],
      words && [key(words) + ":" + quoted(words.d[0]), rf.t("a param or metric with this value; several stand with commas, * stands for anything")],
      number && [key(number) + "<=" + (number.low + number.high) / 2, rf.t("a number: < <= > >= = !=")],
      metric && metric.low !== null && [key(metric) + ">" + metric.low, rf.t("a metric, as the table shows it")],
      words && [key(words) + "~^" + words.d[0].charAt(0).replace(/\W/, "."), rf.t("a regular expression for one column")],
      ["-status:finished", rf.t("not: a minus before a term")],
      ["started>2026-01", rf.t("a date, as exact as it is typed")],
    ].filter(Boolean);
  }

  rf.tools.help = function (board) {
    const search = board.element.querySelector(".search");
    const box = search.querySelector("input");
    const label = rf.t("How to search and filter");
    const button = el(
      "button",
      { class: "btn btn-quiet btn-icon help-button", type: "button", "aria-label": label, title: label, "aria-expanded": "false" },
      rf.icon("info"),
    );
    const rows = examples(board.model).map(([text, words]) => {
      const sample = el("button", { class: "sample mono", type: "button", title: rf.t("Try this") }, rf.bdi(text));
      sample.addEventListener("click", () => {
        box.value = text;
        board.change({ q: text, page: 0 });
        box.focus();
      });
      return el("div", null, el("dt", null, sample), el("dd", null, words));
    });
    const panel = el(
      "div",
      { class: "panel help-panel", id: "help-panel", role: "group", "aria-label": label, hidden: true },
      el("dl", { class: "help" }, ...rows),
      el("p", { class: "muted help-foot" }, rf.t("Terms stand side by side and must all hold. The address of the page keeps the search.")),
    );
    const place = el("span", { class: "help-place" }, button);
    search.after(place);
    rf.tools.popover(button, panel);
    return () => {};
  };
})();
