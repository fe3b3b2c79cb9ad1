/* The tree of a run's params: found by words, and only those that differ.
     <section data-rf="params" data-differences="1">  around tables in details.param-group */
(function () {
  "use strict";

  const MANY = 9;

  const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);

  function rowsOf(section) {
    return Array.from(section.querySelectorAll("tbody tr"), (row) => {
      const groups = [];
      for (let up = row.closest("details"); up; up = up.parentElement.closest("details")) groups.push(up);
      const prefix = groups.map((group) => group.dataset.prefix).reverse();
      const text = (prefix.join("") + rf.written(row)).toLowerCase();
      return { row, groups, text, differs: row.classList.contains("differs") };
    });
  }

  rf.part("params", (section) => {
    const rows = rowsOf(section);
    const folds = Array.from(section.querySelectorAll("details.param-group"));
    const before = folds.map((fold) => fold.open);
    const state = { wanted: [], differing: false };

    function apply() {
      const busy = state.wanted.length > 0 || state.differing;
      const holding = new Set();
      let shown = 0;
      for (const { row, groups, text, differs } of rows) {
        row.hidden = !state.wanted.every((word) => text.includes(word)) || (state.differing && !differs);
        if (row.hidden) continue;
        shown++;
        for (const group of groups) holding.add(group);
      }
      folds.forEach((fold, at) => {
        fold.hidden = busy && !holding.has(fold);
        fold.open = busy ? holding.has(fold) : before[at];
      });
      rf.say(rf.counted(shown, "param"));
    }

    const tools = rf.el("div", { class: "rows-tools no-print" });
    if (section.dataset.differences) {
      const box = rf.el("input", { type: "checkbox", class: "check" });
      box.addEventListener("change", () => {
        state.differing = box.checked;
        apply();
      });
      tools.append(rf.el("label", null, box, rf.t("Only differences")));
    }
    if (rows.length > MANY) {
      const label = rf.t("Filter params");
      const box = rf.el("input", { type: "search", class: "input", placeholder: label, "aria-label": label });
      box.addEventListener(
        "input",
        rf.debounce(60, () => {
          state.wanted = words(box.value);
          apply();
        }),
      );
      tools.append(box);
    }
    if (tools.children.length) section.querySelector(".card-head").append(tools);
  });
})();
