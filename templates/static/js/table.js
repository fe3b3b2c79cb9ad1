/* The board's table: the very cells that partials/table.html writes (cells.js). A row that is there
   already is given to the next run, since a browser lays out and paints what changed alone. */
(function () {
  "use strict";

  const MOST_CELLS = 400;
  const SPARE = 2;
  const el = rf.el;

  const headClass = (col) =>
    ["num", "dur", "time", "range"].includes(col.t) ? "num" : col.t === "run" ? "col-run" : "col-" + col.t;

  // ---- head

  function sortable(col) {
    return col.t !== "spark";
  }

  function headCell(board, col) {
    const at = board.state.sort.findIndex(([key]) => key === col.k);
    const direction = at < 0 ? 0 : board.state.sort[at][1];
    const label = [el("bdi", null, col.l)];
    if (col.unit) label.push(" ", el("span", { class: "unit" }, col.unit));
    if (at >= 0) label.push(rf.icon(direction > 0 ? "up" : "down"));
    if (at >= 0 && board.state.sort.length > 1) {
      label.push(el("span", { class: "sort-number", title: rf.t("Sort key {n}", { n: at + 1 }) }, at + 1));
    }
    const head = sortable(col)
      ? el("button", { class: "head", type: "button", "data-key": col.k }, ...label)
      : el("span", { class: "head" }, ...label);
    return el(
      "th",
      {
        scope: "col",
        class: headClass(col) + (board.state.lock.includes(col.k) ? " locked" : ""),
        "data-key": col.k,
        draggable: col.t === "run" ? null : "true",
        "aria-sort": at === 0 ? (direction > 0 ? "ascending" : "descending") : null,
        title: titleOf(board, col),
      },
      head,
    );
  }

  /* What the numbers of a column are, also when another value of the metric is asked for. */
  function titleOf(board, col) {
    const { stat } = board.model;
    if (!stat || !col.stat) return col.title || null;
    const said = /* said: */ board.model.members ? "mean of {stat} values of {metric}" : "{stat} value of {metric}";
    return rf.t(said, { stat: rf.tools.statWord(board.model.shows(col)), metric: col.k.slice(2) });
  }

  function drawHead(board, table, cols) {
    const cells = [el("th", { scope: "col", class: "col-pick" }, el("span", { class: "sr" }, rf.t("Select")))];
    if (board.ranked) cells.push(el("th", { scope: "col", class: "col-rank num" }, "#"));
    for (const col of cols) cells.push(headCell(board, col));
    table.tHead.replaceChildren(el("tr", null, ...cells));
  }

  /* The same head for another sort: only the columns it touches are made anew. */
  function redrawHead(board, table, cols) {
    const heads = table.tHead.rows[0].cells;
    const before = heads.length - cols.length;
    cols.forEach((col, at) => {
      const now = headCell(board, col);
      const old = heads[before + at];
      if (old.isEqualNode(now)) return;
      old.replaceWith(now);
    });
  }

  // ---- rows

  const pickLabel = (board, row) => rf.t("Select {name}", { name: board.model.name(row) });

  function pickCell(board, row) {
    const box = el("input", { class: "check", type: "checkbox", "data-row": row, "aria-label": pickLabel(board, row) });
    return el("td", { class: "col-pick" }, box);
  }

  function cellOf(board, col, row) {
    const one = rf.cells.make(board, col, row);
    if (board.state.lock.includes(col.k)) one.classList.add("locked");
    return one;
  }

  function drawRow(board, cols, [row, pinned]) {
    const line = el("tr", { "data-row": row, "data-pinned": pinned }, pickCell(board, row));
    if (board.ranked) line.append(el("td", { class: "col-rank num" }, board.model.rank(row)));
    for (const col of cols) line.append(cellOf(board, col, row));
    return line;
  }

  /* The same, of a row that stood for another run. */
  function refill(line, board, cols, [row, pinned]) {
    line.dataset.row = row;
    if (pinned) line.dataset.pinned = pinned;
    else delete line.dataset.pinned;
    let at = line.firstElementChild;
    const box = at.firstElementChild;
    box.dataset.row = row;
    box.setAttribute("aria-label", pickLabel(board, row));
    if (board.ranked) {
      at = at.nextElementSibling;
      at.textContent = board.model.rank(row);
    }
    for (const col of cols) {
      at = at.nextElementSibling;
      if (rf.cells.refill(at, board, col, row)) continue;
      const one = cellOf(board, col, row);
      at.replaceWith(one);
      at = one;
    }
  }

  function empty(board, span) {
    const clear = el("button", { class: "btn", type: "button" }, rf.t("Clear all filters"));
    clear.addEventListener("click", () => {
      board.clear();
      board.element.querySelector(".search input").focus();
    });
    return el(
      "tr",
      null,
      el(
        "td",
        { colspan: span },
        el("div", { class: "empty seen" }, rf.icon("search"), el("strong", null, rf.t("No run matches these filters")), clear),
      ),
    );
  }

  /* Paints which rows are chosen without making the rows again. */
  function paint(board, table) {
    const picked = new Set(board.state.sel);
    const colors = rf.tray.colors(board);
    for (const line of table.tBodies[0].rows) {
      const box = line.querySelector(".check");
      if (!box) continue;
      const ids = board.model.runsOf(Number(line.dataset.row));
      const chosen = ids.length > 0 && ids.every((id) => picked.has(id));
      box.checked = chosen;
      const look = chosen ? "picked c" + colors.get(ids[0]) : "";
      if (line.className !== look) line.className = look;
    }
  }

  /* The rows from `from` on: those that are there are filled anew, the others are added. */
  function fill(board, table, cols, list, from, to) {
    const body = table.tBodies[0];
    const lines = [...body.rows];
    for (let at = from; at < to; at++) {
      if (at < lines.length) refill(lines[at], board, cols, list[at]);
      else body.append(drawRow(board, cols, list[at]));
    }
    paint(board, table);
    place(table);
  }

  /* How many rows reach from the table's top to the lower edge of the window. */
  function inView(table) {
    const body = table.tBodies[0];
    const high = Math.max(20, body.rows.length ? body.rows[0].offsetHeight : 0);
    return Math.ceil(Math.max(0, innerHeight - body.getBoundingClientRect().top) / high) + SPARE;
  }

  function draw(board, table, pinned, rows) {
    const cols = board.model.shown(board.state);
    const { key, pin } = table.contains(document.activeElement) ? document.activeElement.dataset : {};
    const body = table.tBodies[0];
    const list = [
      ...pinned.map((row, at) => [row, at === pinned.length - 1 ? "last" : "yes"]),
      ...rows.map((row) => [row, null]),
    ];
    // Of a wide table first what is in view; the rest comes after the next frame, in its place.
    const now = list.length * cols.length > MOST_CELLS ? Math.min(list.length, board.seen) : list.length;
    const scroll = table.parentElement;
    const shape = JSON.stringify([cols.map((col) => col.k), board.state.lock]);
    if (table.rfShape === shape) redrawHead(board, table, cols);
    else {
      scroll.style.minHeight = scroll.offsetHeight + "px";
      body.replaceChildren();
      drawHead(board, table, cols);
    }
    table.rfShape = shape;
    for (const line of [...body.rows].slice(list.length)) line.remove();
    fill(board, table, cols, list, 0, now);
    if (!rows.length && !(pinned.length && pinned.length === board.rows.length)) {
      body.append(empty(board, cols.length + (board.ranked ? 2 : 1)));
      table.rfShape = "";
    }
    board.after("rows", () => {
      if (now < list.length) fill(board, table, cols, list, now, list.length);
      scroll.style.minHeight = "";
    });
    if (key || pin) focusAgain(table, key, pin);
  }

  function focusAgain(table, key, pin) {
    const again = [...table.querySelectorAll("button")].find(
      (one) => (key && one.dataset.key === key) || (pin && one.dataset.pin === pin),
    );
    if (again) again.focus();
  }

  /* Where the columns that stay at the left stand: behind the name, one after the other. */
  function place(table) {
    const heads = [...table.tHead.rows[0].cells].filter((cell) => cell.matches(".locked"));
    if (!heads.length) return;
    const name = table.tHead.querySelector(".col-run");
    let left = name.offsetWidth;
    for (const head of heads) {
      for (const line of [table.tHead.rows[0], ...table.tBodies[0].rows]) {
        const one = line.cells[head.cellIndex];
        if (one) one.style.left = left + "px";
      }
      left += head.offsetWidth;
    }
  }

  // ---- what a reader does in the table

  function sortBy(board, key, add) {
    const col = board.model.byKey.get(key);
    const first = board.model.firstDirection(col);
    const sort = board.state.sort;
    const at = sort.findIndex(([one]) => one === key);
    if (!add) {
      const alone = at === 0 && sort.length === 1;
      board.change({ sort: [[key, alone ? -sort[0][1] : first]], page: 0 });
    } else if (at < 0) {
      board.change({ sort: [...sort, [key, first]], page: 0 });
    } else if (sort[at][1] === first) {
      board.change({ sort: sort.map((one, i) => (i === at ? [key, -first] : one)), page: 0 });
    } else {
      board.change({ sort: sort.filter((_, i) => i !== at), page: 0 });
    }
    rf.say(rf.t("Sorted by {columns}", { columns: board.state.sort.map(([one]) => board.model.byKey.get(one).l).join(", ") }));
  }

  function move(table, event) {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const kind = [".check", ".run-link"].find((selector) => event.target.matches(selector));
    if (!step || !kind || event.altKey) return;
    const all = [...table.tBodies[0].querySelectorAll(kind)];
    const next = all[all.indexOf(event.target) + step];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  }

  /* A head that is dragged onto another takes its place. */
  function draggable(board, table) {
    let from = null;
    const headOf = (event) => event.target.closest && event.target.closest("thead th[data-key]");
    const mark = (head) => {
      for (const one of table.tHead.querySelectorAll(".drop")) one.classList.remove("drop");
      if (head) head.classList.add("drop");
    };
    table.addEventListener("dragstart", (event) => {
      const head = headOf(event);
      from = head ? head.dataset.key : null;
      if (from) event.dataTransfer.effectAllowed = "move";
    });
    table.addEventListener("dragover", (event) => {
      const head = headOf(event);
      if (!from || !head) return;
      event.preventDefault();
      mark(head);
    });
    table.addEventListener("dragend", () => mark(null));
    table.addEventListener("drop", (event) => {
      const head = headOf(event);
      mark(null);
      if (!from || !head || head.dataset.key === from) return;
      event.preventDefault();
      board.moveColumn(from, head.dataset.key);
      from = null;
    });
  }

  function listen(board, table) {
    let last = null;
    draggable(board, table);
    table.addEventListener("click", (event) => {
      const head = event.target.closest("button.head");
      if (head) return sortBy(board, head.dataset.key, event.shiftKey);
      const pin = event.target.closest("[data-pin]");
      if (pin) return board.pinRuns([pin.dataset.pin], pin.getAttribute("aria-pressed") !== "true");
      const tag = event.target.closest("[data-facet]");
      if (tag) return board.toggle(tag.dataset.facet, tag.dataset.value, true);
      const box = event.target.closest(".check");
      if (!box) return undefined;
      const boxes = [...table.tBodies[0].querySelectorAll(".check")];
      const from = event.shiftKey && last ? boxes.findIndex((one) => one.dataset.row === last) : -1;
      const to = boxes.indexOf(box);
      const range = from < 0 ? [box] : boxes.slice(Math.min(from, to), Math.max(from, to) + 1);
      last = box.dataset.row;
      board.pick(range.flatMap((one) => board.model.runsOf(Number(one.dataset.row))), box.checked);
      return undefined;
    });
    table.addEventListener("keydown", (event) => move(table, event));
    const scroll = table.parentElement;
    scroll.addEventListener("scroll", () => scroll.classList.toggle("moved", scroll.scrollLeft > 0), { passive: true });
  }

  rf.table = { draw, inView, paint, listen };
})();
