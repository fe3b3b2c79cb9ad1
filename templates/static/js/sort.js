/* Tables that are there already, sorted by a click on a head; a second click turns them round, a
   third brings back the first order.
     <table data-rf="sort">  numbers where the head has the class num */
(function () {
  "use strict";

  const FEW = 3;

  function number(text) {
    const clean = text.replace(/,/g, "").replace("\u2212", "-").trim();
    const found = /^[-+]?(?:\d+\.?\d*|\.\d+)(?:e[-+]?\d+)?/i.exec(clean);
    if (!found) return NaN;
    const units = { B: 1, kB: 1e3, MB: 1e6, GB: 1e9, TB: 1e12 };
    return Number(found[0]) * (units[clean.slice(found[0].length).trim()] || 1);
  }

  function compare(a, b, way) {
    const none = (value) => value === "" || Number.isNaN(value);
    if (none(a) || none(b)) return none(a) - none(b); // what is missing stays last
    return way * (typeof a === "number" ? a - b : rf.order(a, b));
  }

  let collator = null; // made when something is sorted: it takes ten milliseconds
  rf.order = function (a, b) {
    collator ??= new Intl.Collator(undefined, { numeric: true, sensitivity: "base" });
    return collator.compare(a, b);
  };

  rf.part("sort", (table) => {
    const body = table.tBodies[0];
    const first = Array.from(body.rows);
    if (first.length < FEW) return;
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach((head, at) => {
      const button = rf.el("button", { type: "button", class: "sort" }, ...head.childNodes);
      head.replaceChildren(button);
      button.addEventListener("click", () => {
        const numeric = head.classList.contains("num");
        const order = numeric ? ["descending", "ascending"] : ["ascending", "descending"];
        const now = order[order.indexOf(head.getAttribute("aria-sort")) + 1];
        for (const each of heads) each.removeAttribute("aria-sort");
        let rows = first;
        if (now) {
          head.setAttribute("aria-sort", now);
          const key = (row) => (numeric ? number(rf.written(row.cells[at])) : rf.written(row.cells[at]).trim());
          const keyed = first.map((row) => [key(row), row]);
          const way = now === "ascending" ? 1 : -1;
          rows = keyed.sort((a, b) => compare(a[0], b[0], way)).map((pair) => pair[1]);
        }
        body.append(...rows);
      });
    });
  });
})();
