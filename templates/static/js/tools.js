/* The tools above and below the table: search with its help, chips, values, density, pager. */
(function () {
  "use strict";

  const el = rf.el;

  // ---- search

  function search(board) {
    const box = board.element.querySelector(".search input");
    const apply = rf.soon(() => board.change({ q: box.value, page: 0 }));
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
    const button = el("button", { type: "button", "aria-label": rf.t("Remove the filter {what}", { what: title }) }, rf.icon("cross"));
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
    const list = el("ul", { class: "chips", "aria-label": rf.t("Filters in use") });
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
        const clear = el("button", { class: "btn btn-quiet btn-small", type: "button" }, rf.t("Clear all"));
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

  // ---- panels that open below a button

  function popover(button, panel, opened) {
    button.disabled = false;
    button.setAttribute("aria-controls", panel.id);
    button.after(panel);
    const open = (yes) => {
      if (yes && opened) opened();
      panel.hidden = !yes;
      button.setAttribute("aria-expanded", String(yes));
      if (yes) (panel.querySelector("input") || panel.querySelector("button, a")).focus();
    };
    button.addEventListener("click", () => open(panel.hidden));
    panel.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      event.stopPropagation();
      open(false);
      button.focus();
    });
    document.addEventListener("pointerdown", (event) => {
      if (!panel.hidden && !panel.contains(event.target) && !button.contains(event.target)) open(false);
    });
  }

  // ---- which value of the metrics

  const statWord = (stat) =>
    ({ last: rf.t("last"), best: rf.t("best"), min: rf.t("lowest"), max: rf.t("highest"), mean: rf.t("mean") })[stat];

  /* The sentence about the baseline, of the values that are shown. */
  function verdict(board) {
    const box = board.element.querySelector(".board-versus");
    if (!box) return () => {};
    const [text, how] = box.querySelectorAll("p");
    const ranked = [text, how].map(rf.written); // whatever form the reader has numbers in
    return () => {
      const said = board.model.by ? board.model.by.said : ranked;
      [text.textContent, how.textContent] = said;
      how.parentElement.hidden = !said[1];
    };
  }

  /* Says which values these are, where they are not those that rank. */
  function values(board) {
    const note = el("p", { class: "board-note board-values", role: "status", hidden: true });
    board.element.querySelector(".board-tools").after(note);
    return () => {
      const { model } = board;
      note.hidden = !model.stat;
      if (!model.stat) return note.replaceChildren();
      const own = model.byKey.get(model.primary).stat;
      const words = [
        rf.t("The {stat} value of each metric is shown, and ranks, differences and tests are made of it.", { stat: statWord(model.stat) }),
        model.by && rf.t("This leaderboard ranks by the {stat} value: its tiles and records tell of that.", { stat: statWord(own) }),
        model.stat === "best" && model.cols.some((col) => col.stat && !col.dir) && rf.t("Where nobody knows what is better, it is the last."),
      ];
      return note.replaceChildren(rf.icon("info"), el("span", null, words.filter(Boolean).join(" ")));
    };
  }

  function stat(board) {
    if (!board.element.dataset.stats) return () => {};
    const options = [["", rf.t("as ranked")], ...["last", "best", "min", "max"].map((one) => [one, statWord(one)])];
    const select = el(
      "select",
      { class: "select btn-small", "aria-label": rf.t("Which value of the metrics is shown") },
      ...options.map(([value, label]) => el("option", { value }, label)),
    );
    select.addEventListener("change", () => board.change({ stat: select.value }));
    const label = el("span", { class: "board-stat" }, el("span", { class: "muted" }, rf.t("Values")), select);
    board.element.querySelector(".board-buttons").before(label);
    const tell = [verdict(board), values(board)];
    return (state) => {
      select.value = state.stat;
      for (const each of tell) each();
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
    const before = button("left", rf.t("Previous"), -1);
    const after = button("right", rf.t("Next"), 1);
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

  rf.tools = { search, chips, stat, statWord, density, pager, popover };
})();
