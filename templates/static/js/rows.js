/* Tables that are there already: a filter by words, and only the rows that differ.
     <section data-rf="rows" data-word="param" data-differences="1">  around one table */
(function () {
  "use strict";

  const MANY = 9;

  const words = (text) => text.toLowerCase().split(/\s+/).filter(Boolean);

  function filterBox(word, apply) {
    const box = rf.el("input", {
      type: "search",
      class: "input",
      placeholder: "Filter " + word + "s",
      "aria-label": "Filter " + word + "s",
    });
    box.addEventListener(
      "input",
      rf.debounce(60, () => apply({ wanted: words(box.value) })),
    );
    return box;
  }

  function differencesBox(apply) {
    const box = rf.el("input", { type: "checkbox", class: "check" });
    box.addEventListener("change", () => apply({ differing: box.checked }));
    return rf.el("label", null, box, "Only differences");
  }

  rf.part("rows", (element) => {
    const rows = Array.from(element.querySelectorAll("tbody tr"), (row) => ({
      row,
      text: row.textContent.toLowerCase(),
    }));
    const state = { wanted: [], differing: false };
    const apply = (change) => {
      Object.assign(state, change);
      let shown = 0;
      for (const { row, text } of rows) {
        row.hidden =
          !state.wanted.every((word) => text.includes(word)) ||
          (state.differing && !row.classList.contains("differs"));
        if (!row.hidden) shown++;
      }
      rf.say(rf.counted(shown, element.dataset.word));
    };
    const tools = rf.el("div", { class: "rows-tools no-print" });
    if (element.dataset.differences) tools.append(differencesBox(apply));
    if (rows.length > MANY) tools.append(filterBox(element.dataset.word, apply));
    if (tools.children.length) (element.querySelector(".card-head") || element).append(tools);
    if (!element.querySelector(".card-head")) element.prepend(tools);
  });

  // ---- output: lines with the words, and how many

  rf.part("output", (element) => {
    const lines = Array.from(element.querySelectorAll("pre > span"));
    const place = element.querySelector("pre");
    place.scrollTop = place.scrollHeight;
    if (lines.length <= MANY) return;
    const box = rf.el("input", {
      type: "search",
      class: "input",
      placeholder: "Search output",
      "aria-label": "Search output",
    });
    const count = rf.el("span", { class: "num" });
    box.addEventListener(
      "input",
      rf.debounce(90, () => {
        const wanted = words(box.value);
        let shown = 0;
        for (const line of lines) {
          const text = line.textContent.toLowerCase();
          line.hidden = !wanted.every((word) => text.includes(word));
          if (!line.hidden) shown++;
        }
        count.textContent = wanted.length ? rf.counted(shown, "line") : "";
        rf.say(rf.counted(shown, "line"));
      }),
    );
    element.querySelector(".card-head").append(rf.el("div", { class: "rows-tools no-print" }, count, box));
  });
})();
