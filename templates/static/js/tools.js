/* The tools above and below the table: search, chips, density, columns, pager. */
(function () {
  "use strict";

  const el = rf.el;

  // ---- search

  function search(board) {
    const box = board.element.querySelector(".search input");
    const apply = rf.debounce(90, () => board.change({ q: box.value, page: 0 }));
    box.disabled = false;
    box.addEventListener("input", apply);
    box.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.preventDefault();
      if (box.value) {
        box.value = "";
        board.change({ q: "", page: 0 });
      } else {
        box.blur();
      }
    });
    document.addEventListener("keydown", (event) => {
      const typing = event.target.closest("input:not(.check), textarea, select, [contenteditable]");
      if (event.key !== "/" || event.ctrlKey || event.metaKey || event.altKey || typing) return;
      event.preventDefault();
      box.focus();
      box.select();
    });
    const message = el("p", { class: "search-message", id: "search-message", role: "status" });
    board.element.querySelector(".board-tools").append(message);
    box.setAttribute("aria-describedby", message.id);
    return (state) => {
      if (document.activeElement !== box) box.value = state.q;
      const trouble = board.model.trouble;
      message.textContent = trouble;
      message.hidden = !trouble;
      box.setAttribute("aria-invalid", trouble ? "true" : "false");
    };
  }

  // ---- chips of what is filtered

  function chip(text, title, remove) {
    const button = el("button", { type: "button", "aria-label": "Remove the filter " + title }, rf.icon("cross"));
    button.addEventListener("click", remove);
    return el("li", { class: "chip" }, el("span", { class: "trunc", title }, text), button);
  }

  function rangeText(col, [low, high]) {
    const show = (v) => (col.t === "dur" ? rf.duration(v) : rf.number(v, null));
    if (low === null) return "≤ " + show(high);
    if (high === null) return "≥ " + show(low);
    return show(low) + " to " + show(high);
  }

  function chips(board) {
    const list = el("ul", { class: "chips", "aria-label": "Filters in use" });
    board.element.querySelector(".board-tools").after(list);
    return (state) => {
      const items = [];
      for (const [key, texts] of state.facets) {
        const label = board.label(key);
        for (const text of texts) {
          const shown = el("bdi", null, label + ": " + text);
          items.push(chip(shown, label + ": " + text, () => board.toggle(key, text, false)));
        }
      }
      for (const [key, range] of state.ranges) {
        const col = board.model.byKey.get(key);
        if (!col) continue;
        const text = col.l + " " + rangeText(col, range);
        items.push(chip(el("bdi", null, text), text, () => board.range(key, [null, null])));
      }
      if (items.length) {
        const clear = el("button", { class: "btn btn-quiet btn-small", type: "button" }, "Clear all");
        clear.addEventListener("click", () => {
          board.clear();
          board.element.querySelector(".search input").focus();
        });
        items.push(el("li", null, clear));
      }
      list.replaceChildren(...items);
      list.hidden = !items.length;
    };
  }

  // ---- density

  function density(board) {
    const button = board.element.querySelector(".board-density");
    button.disabled = false;
    button.addEventListener("click", () => board.change({ compact: !board.state.compact }));
    return (state) => {
      button.setAttribute("aria-pressed", String(state.compact));
      board.element.classList.toggle("compact", state.compact);
    };
  }

  // ---- columns

  function columnGroups(board, changed) {
    const groups = new Map();
    for (const col of board.model.cols) {
      if (col.t === "run") continue;
      const name = col.g || "Run";
      if (!groups.has(name)) groups.set(name, []);
      const box = el("input", { class: "check", type: "checkbox", value: col.k });
      box.addEventListener("change", changed);
      const label = el("label", { class: "facet-value" }, box, el("span", { class: "facet-text", title: col.l }, rf.bdi(col.l)));
      groups.get(name).push({ col, box, label });
    }
    return groups;
  }

  function columnPanel(board) {
    const choices = [];
    const changed = () => {
      const cols = choices.filter((one) => one.box.checked).map((one) => one.col.k);
      const usual = choices.every((one) => one.box.checked === Boolean(one.col.show));
      board.change({ cols: usual ? null : cols });
    };
    const groups = columnGroups(board, changed);
    for (const members of groups.values()) choices.push(...members);
    const find = el("input", { class: "input", type: "search", placeholder: "Find a column", "aria-label": "Find a column" });
    find.addEventListener("input", () => {
      const wanted = find.value.trim().toLowerCase();
      for (const { col, label } of choices) label.hidden = !col.l.toLowerCase().includes(wanted);
    });
    const reset = el("button", { class: "btn btn-quiet btn-small", type: "button" }, "Reset");
    reset.addEventListener("click", () => board.change({ cols: null }));
    const sections = Array.from(groups, ([name, members]) =>
      el("fieldset", null, el("legend", null, name), ...members.map((one) => one.label)),
    );
    const panel = el(
      "div",
      { class: "panel", id: "column-panel", role: "group", "aria-label": "Columns", hidden: true },
      choices.length > 12 && find,
      el("div", { class: "panel-list" }, ...sections),
      el("div", { class: "panel-foot" }, reset),
    );
    return { panel, choices };
  }

  function columns(board) {
    const button = board.element.querySelector(".board-columns");
    const { panel, choices } = columnPanel(board);
    button.disabled = false;
    button.setAttribute("aria-controls", panel.id);
    button.after(panel);
    const open = (yes) => {
      panel.hidden = !yes;
      button.setAttribute("aria-expanded", String(yes));
      if (yes) panel.querySelector("input").focus();
    };
    button.addEventListener("click", () => open(panel.hidden));
    panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      open(false);
      button.focus();
    });
    document.addEventListener("pointerdown", (event) => {
      if (!panel.hidden && !panel.contains(event.target) && !button.contains(event.target)) open(false);
    });
    return (state) => {
      const shown = new Set(board.model.shown(state).map((col) => col.k));
      for (const { col, box } of choices) box.checked = shown.has(col.k);
    };
  }

  // ---- pager

  function pager(board) {
    const place = board.element.querySelector(".board-pager");
    const button = (icon, word, step) => {
      const node = el("button", { class: "btn btn-small", type: "button" });
      node.append(...(step < 0 ? [rf.icon(icon), word] : [word, rf.icon(icon)]));
      node.addEventListener("click", () => {
        board.change({ page: board.state.page + step });
        board.element.querySelector(".board-tools").scrollIntoView({ block: "nearest" });
      });
      return node;
    };
    const before = button("left", "Previous", -1);
    const after = button("right", "Next", 1);
    const text = el("span", { class: "muted num" });
    const line = el("div", { class: "pager" }, text, el("span", { class: "pager-buttons" }, before, after));
    place.replaceChildren(line);
    return (state, total, size) => {
      const from = state.page * size;
      const to = Math.min(total, from + size);
      text.textContent = (from + 1).toLocaleString("en") + "–" + to.toLocaleString("en") + " of " + total.toLocaleString("en");
      before.disabled = from === 0;
      after.disabled = to >= total;
      place.hidden = total <= size;
    };
  }

  rf.tools = { search, chips, density, columns, pager };
})();
