/* The filters at the side: values with live counts, and ranges of numbers. */
(function () {
  "use strict";

  const FEW = 10;
  const BARS = 24;
  const el = rf.el;

  // ---- values

  function valueRow(board, col, index) {
    const text = col.d[index];
    const shown = col.t === "status" ? rf.word(text) : text;
    const box = el("input", { class: "check", type: "checkbox" });
    box.addEventListener("change", () => board.toggle(col.k, text, box.checked));
    const count = el("span", { class: "facet-count num" });
    const row = el(
      "li",
      null,
      el("label", { class: "facet-value" }, box, el("span", { class: "facet-text", title: shown }, rf.bdi(shown)), count),
    );
    return { text, index, box, count, row };
  }

  function valueFacet(board, col) {
    const values = col.d.map((_, index) => valueRow(board, col, index));
    const list = el("ul", { class: "facet-values" }, ...values.map((one) => one.row));
    const badge = el("span", { class: "facet-on num" });
    const node = el(
      "details",
      { class: "facet", open: true },
      el("summary", null, rf.icon("chevron"), el("span", { class: "facet-name" }, rf.bdi(col.l)), badge),
      list,
    );
    fold(list, values);
    return { col, values, badge, node };
  }

  function fold(list, values) {
    if (values.length <= FEW + 2) return;
    for (const one of values.slice(FEW)) one.row.classList.add("facet-rest");
    list.classList.add("folded");
    const more = el("button", { class: "facet-more", type: "button" }, rf.t("Show all {n}", { n: values.length }));
    more.addEventListener("click", () => {
      const folded = list.classList.toggle("folded");
      more.textContent = folded ? rf.t("Show all {n}", { n: values.length }) : rf.t("Show fewer");
    });
    list.append(el("li", null, more));
  }

  function updateValues(facet, state, counts) {
    const chosen = state.facets.get(facet.col.k) || new Set();
    for (const one of facet.values) {
      const count = counts.get(facet.col.k)[one.index];
      const on = chosen.has(one.text);
      one.box.checked = on; // the reader may have clicked it: always
      if (one.shown === count && one.on === on) continue;
      one.count.textContent = count;
      one.row.classList.toggle("none", count === 0 && !on);
      one.row.classList.toggle("chosen", on);
      [one.shown, one.on] = [count, on];
    }
    facet.badge.textContent = chosen.size || "";
  }

  // ---- ranges

  /* How the values lie, as bars; logarithmic where they span more than two powers of ten. */
  function histogram(col) {
    const log = col.low > 0 && col.high / col.low > 100;
    const place = log ? Math.log : Number;
    const from = place(col.low);
    const width = place(col.high) - from || 1;
    const bins = new Array(BARS).fill(0);
    for (const v of col.v) {
      if (Number.isFinite(v)) bins[Math.min(BARS - 1, Math.floor(((place(v) - from) / width) * BARS))]++;
    }
    const most = Math.max(...bins);
    const at = (v) => (100 * (place(v) - from)) / width;
    const drawing = rf.svg("svg", { class: "facet-bars", viewBox: "0 0 100 24", preserveAspectRatio: "none", "aria-hidden": "true" });
    const bars = bins.map((count, i) => {
      const height = count ? Math.max(1.5, (count / most) * 24) : 0;
      const bar = rf.svg("rect", { x: (i * 100) / BARS + 0.3, y: 24 - height, width: 100 / BARS - 0.6, height });
      drawing.append(bar);
      return bar;
    });
    const mark = ([low, high]) => {
      bars.forEach((bar, i) => {
        const left = (i * 100) / BARS;
        const out =
          (low !== null && left + 100 / BARS <= (log && low <= 0 ? -1 : at(low))) ||
          (high !== null && left > (log && high <= 0 ? -1 : at(high)));
        bar.setAttribute("class", out ? "out" : "in");
      });
    };
    return { drawing, mark };
  }

  function number(text) {
    const clean = text.trim().replace(/,/g, "");
    if (!clean) return null;
    const value = Number(clean);
    return Number.isFinite(value) ? value : undefined;
  }

  function rangeFacet(board, col) {
    const plain = (v) => (v === null ? "" : String(v));
    const hint = (v) => (col.t === "dur" ? String(Math.round(v)) : rf.number(v, col.dec));
    const input = (word, edge) =>
      el("input", {
        class: "input num",
        type: "text",
        inputmode: "decimal",
        autocomplete: "off",
        placeholder: hint(edge),
        "aria-label": col.l + ", " + word,
      });
    const low = input(rf.t("at least"), col.low);
    const high = input(rf.t("at most"), col.high);
    const apply = () => {
      const range = [number(low.value), number(high.value)];
      [low, high].forEach((box, i) => box.setAttribute("aria-invalid", range[i] === undefined));
      if (!range.includes(undefined)) board.range(col.k, range);
    };
    for (const box of [low, high]) box.addEventListener("change", apply);
    const { drawing, mark } = histogram(col);
    const badge = el("span", { class: "facet-on" });
    const unit = col.t === "dur" ? "s" : col.unit;
    const name = el("span", { class: "facet-name" }, rf.bdi(col.l), unit && el("span", { class: "unit" }, " " + unit));
    const node = el(
      "details",
      { class: "facet", open: true },
      el("summary", null, rf.icon("chevron"), name, badge),
      el("div", { class: "facet-range" }, drawing, el("div", { class: "facet-ends" }, low, el("span", { class: "faint" }, rf.t("to")), high)),
    );
    return {
      col,
      node,
      stat: board.model.stat,
      update(state) {
        const range = state.ranges.get(col.k) || [null, null];
        if (document.activeElement !== low) low.value = plain(range[0]);
        if (document.activeElement !== high) high.value = plain(range[1]);
        badge.textContent = range.some((edge) => edge !== null) ? "1" : "";
        mark(range);
      },
    };
  }

  /* Only some columns get a range at once; the others wait in a list. */
  function rangeChooser(add, cols) {
    const groups = new Map();
    for (const col of cols) {
      if (!groups.has(col.g)) groups.set(col.g, []);
      groups.get(col.g).push(col);
    }
    const select = el(
      "select",
      { class: "select", "aria-label": rf.t("Add a range filter") },
      el("option", { value: "" }, rf.t("Add a range …")),
      ...Array.from(groups, ([name, members]) =>
        el("optgroup", { label: name || rf.t("Columns") }, ...members.map((col) => el("option", { value: col.k }, col.l))),
      ),
    );
    select.addEventListener("change", () => {
      if (select.value) add(select.value).node.querySelector("input").focus();
      select.value = "";
    });
    return el("div", { class: "facet-add" }, select);
  }

  function ranges(board, place) {
    const usable = board.model.numbers.filter((col) => col.low !== null && col.low < col.high);
    const made = new Map();
    const chooser = rangeChooser(add, usable);
    function add(key) {
      if (!made.has(key)) {
        const facet = rangeFacet(board, board.model.byKey.get(key));
        made.set(key, facet);
        chooser.before(facet.node);
        facet.update(board.state);
      }
      return made.get(key);
    }
    if (usable.length) place.append(chooser);
    if (usable.some((col) => col.k === board.model.primary)) add(board.model.primary);
    return (state) => {
      for (const key of state.ranges.keys()) if (usable.some((col) => col.k === key)) add(key);
      for (const [key, facet] of made) {
        if (facet.stat !== board.model.stat && facet.col.plain) {
          made.set(key, rangeFacet(board, facet.col)); // of other values: other bars, other ends
          facet.node.replaceWith(made.get(key).node);
        }
        made.get(key).update(state);
      }
    };
  }

  // ---- the whole side

  function start(board, place) {
    const facets = board.model.facets.map((col) => valueFacet(board, col));
    place.replaceChildren(...facets.map((facet) => facet.node));
    const updateRanges = ranges(board, place);
    return (state, counts) => {
      for (const facet of facets) updateValues(facet, state, counts);
      updateRanges(state);
    };
  }

  rf.facets = { start };
})();
