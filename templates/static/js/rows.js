/* Tables that are there already: a filter by words.
     <section data-rf="rows" data-word="metric">  around one table */
(function () {
  "use strict";

  const MANY = 9;

  const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);

  const LABELS = /* said: */ {
    experiment: "Filter experiments",
    sweep: "Filter sweeps",
    group: "Filter groups",
    tag: "Filter tags",
    metric: "Filter metrics",
    dataset: "Filter datasets",
    model: "Filter models",
    package: "Filter packages",
  };

  function filterBox(word, apply) {
    const label = rf.t(LABELS[word]);
    const box = rf.el("input", { type: "search", class: "input", placeholder: label, "aria-label": label });
    box.addEventListener(
      "input",
      rf.debounce(60, () => apply(words(box.value))),
    );
    return box;
  }

  rf.part("rows", (element) => {
    const rows = Array.from(element.querySelectorAll("tbody tr"), (row) => ({
      row,
      text: rf.written(row).toLowerCase(),
    }));
    const apply = (wanted) => {
      let shown = 0;
      for (const { row, text } of rows) {
        row.hidden = !wanted.every((word) => text.includes(word));
        if (!row.hidden) shown++;
      }
      rf.say(rf.counted(shown, element.dataset.word));
    };
    const tools = rf.el("div", { class: "rows-tools no-print" });
    if (rows.length > MANY) tools.append(filterBox(element.dataset.word, apply));
    if (tools.children.length) (element.querySelector(".card-head") || element).append(tools);
    if (!element.querySelector(".card-head")) element.prepend(tools);
  });
})();
