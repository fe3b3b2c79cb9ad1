/* Which columns are shown, in which order, and which stay at the left. The panel has two parts:
   the shown ones in order, with buttons to move and keep them, and all of them to tick. */
(function () {
  "use strict";

  const el = rf.el;
  const MANY = 12;

  // ---- all columns, by group: /* said: */ "Run" "Metrics" "Parameters" "Hooks" "Baseline";

  function choicesOf(board) {
    const groups = new Map();
    for (const col of board.model.cols) {
      if (col.t === "run") continue;
      const name = col.g || "Run";
      if (!groups.has(name)) groups.set(name, []);
      const box = el("input", { class: "check", type: "checkbox", value: col.k });
      box.addEventListener("change", () => show(board, col, box.checked));
      const same = sameAll(board.model, col);
      const label = el(
        "label",
        { class: "facet-value" + (same ? " same" : "") },
        box,
        el("span", { class: "facet-text", title: same ? rf.t("{name}: the same in all rows", { name: col.l }) : col.l }, rf.bdi(col.l)),
      );
      groups.get(name).push({ col, box, label });
    }
    return groups;
  }

  /* Whether a column has one value in all rows. */
  function sameAll(model, col) {
    if (model.n < 2 || col.t === "spark" || col.t === "tags") return false;
    const first = model.text(col, 0);
    for (let row = 1; row < model.n; row++) if (model.text(col, row) !== first) return false;
    return true;
  }

  const keysOf = (board) => board.model.shown(board.state).slice(1).map((col) => col.k);

  function show(board, col, on) {
    const keys = keysOf(board).filter((key) => key !== col.k);
    if (on) keys.splice(placeFor(board, keys, col), 0, col.k);
    change(board, keys);
  }

  /* Where a column belongs that comes back: before the first that usually stands behind it. */
  function placeFor(board, keys, col) {
    const usual = board.model.cols.map((one) => one.k);
    const at = keys.findIndex((key) => usual.indexOf(key) > usual.indexOf(col.k));
    return at < 0 ? keys.length : at;
  }

  function change(board, keys) {
    const usual = board.model.cols.filter((col) => col.show && col.t !== "run").map((col) => col.k);
    board.change({
      cols: keys.join("\u0000") === usual.join("\u0000") ? null : keys,
      lock: board.state.lock.filter((key) => keys.includes(key)),
    });
  }

  // ---- the shown ones in order

  function keep(board, key) {
    const { lock } = board.state;
    board.change({ lock: lock.includes(key) ? lock.filter((one) => one !== key) : [...lock, key] });
  }

  function move(board, key, step) {
    const cols = board.model.shown(board.state);
    const to = cols.findIndex((col) => col.k === key) + step;
    if (to >= 1 && to < cols.length) board.moveColumn(key, cols[to].k);
  }

  function button(icon, label, pressed, act) {
    const attributes = { class: "btn btn-quiet btn-icon btn-small", type: "button", "aria-label": label, title: label };
    if (pressed !== null) attributes["aria-pressed"] = String(pressed);
    const node = el("button", attributes, rf.icon(icon));
    node.addEventListener("click", act);
    return node;
  }

  function orderItem(board, col, at, count) {
    const name = col.l;
    const kept = board.state.lock.includes(col.k);
    const up = button("up", rf.t("Move {name} left", { name }), null, () => move(board, col.k, -1));
    const down = button("down", rf.t("Move {name} right", { name }), null, () => move(board, col.k, 1));
    up.disabled = at === 0;
    down.disabled = at === count - 1;
    return el(
      "li",
      { class: "order-item", draggable: "true", "data-key": col.k },
      el("span", { class: "facet-text", title: name }, rf.bdi(name)),
      button("pin", rf.t("Keep {name} at the left", { name }), kept, () => keep(board, col.k)),
      up,
      down,
    );
  }

  function draggable(board, list) {
    let from = null;
    const itemOf = (event) => event.target.closest && event.target.closest(".order-item");
    list.addEventListener("dragstart", (event) => {
      const item = itemOf(event);
      from = item && item.dataset.key;
    });
    list.addEventListener("dragover", (event) => {
      if (from && itemOf(event)) event.preventDefault();
    });
    list.addEventListener("drop", (event) => {
      const item = itemOf(event);
      if (!from || !item || item.dataset.key === from) return;
      event.preventDefault();
      board.moveColumn(from, item.dataset.key);
    });
  }

  function orderList(board) {
    const list = el("ol", { class: "order" });
    draggable(board, list);
    const update = () => {
      const active = list.contains(document.activeElement) ? document.activeElement : null;
      const key = active && active.closest("li").dataset.key;
      const place = active && [...active.parentElement.children].indexOf(active);
      const cols = board.model.shown(board.state).slice(1);
      list.replaceChildren(...cols.map((col, at) => orderItem(board, col, at, cols.length)));
      const item = key && [...list.children].find((one) => one.dataset.key === key);
      if (!item) return;
      const again = item.children[place];
      (again.disabled ? item.querySelector("button:not(:disabled)") : again).focus();
    };
    return { list, update };
  }

  // ---- the panel

  function panelOf(board, order) {
    const groups = choicesOf(board);
    const choices = Array.from(groups.values()).flat();
    const find = el("input", { class: "input", type: "search", placeholder: rf.t("Find a column"), "aria-label": rf.t("Find a column") });
    find.addEventListener("input", () => {
      const wanted = find.value.trim().toLowerCase();
      for (const { col, label } of choices) label.hidden = !col.l.toLowerCase().includes(wanted);
    });
    const reset = el("button", { class: "btn btn-quiet btn-small", type: "button" }, rf.t("Reset"));
    reset.addEventListener("click", () => board.change({ cols: null, lock: [] }));
    const sections = Array.from(groups, ([name, members]) =>
      el("fieldset", null, el("legend", null, rf.t(name)), ...members.map((one) => one.label)),
    );
    const panel = el(
      "div",
      { class: "panel", id: "column-panel", role: "group", "aria-label": rf.t("Columns"), hidden: true },
      choices.length > MANY && find,
      el(
        "details",
        { class: "order-part" },
        el("summary", null, rf.icon("chevron"), rf.t("Order, and what stays at the left")),
        order.list,
      ),
      el("div", { class: "panel-list" }, ...sections),
      el("div", { class: "panel-foot" }, reset),
    );
    return { panel, choices };
  }

  rf.tools.columns = function (board) {
    const order = orderList(board);
    const { panel, choices } = panelOf(board, order);
    rf.tools.popover(board.element.querySelector(".board-columns"), panel, order.update);
    return (state) => {
      const shown = new Set(board.model.shown(state).map((col) => col.k));
      for (const { col, box } of choices) box.checked = shown.has(col.k);
      if (!panel.hidden) order.update();
    };
  };
})();
