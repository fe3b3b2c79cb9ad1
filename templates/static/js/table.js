/* The board's table: the very cells that partials/table.html writes, made anew for each view. */
(function () {
  "use strict";

  const TAGS_SHOWN = 2;
  const el = rf.el;

  const headClass = (col) =>
    ["num", "dur", "time"].includes(col.t) ? "num" : col.t === "run" ? "col-run" : "col-" + col.t;

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
      label.push(el("span", { class: "sort-number", title: "Sort key " + (at + 1) }, at + 1));
    }
    const head = sortable(col)
      ? el("button", { class: "head", type: "button", "data-key": col.k }, ...label)
      : el("span", { class: "head" }, ...label);
    return el(
      "th",
      {
        scope: "col",
        class: headClass(col),
        "aria-sort": at === 0 ? (direction > 0 ? "ascending" : "descending") : null,
        title: col.title || null,
      },
      head,
    );
  }

  function drawHead(board, table, cols) {
    const cells = [el("th", { scope: "col", class: "col-pick" }, el("span", { class: "sr" }, "Select"))];
    if (board.ranked) cells.push(el("th", { scope: "col", class: "col-rank num" }, "#"));
    for (const col of cols) cells.push(headCell(board, col));
    table.tHead.replaceChildren(el("tr", null, ...cells));
  }

  // ---- cells

  function runCell(board, row) {
    const name = board.model.name(row);
    const link = el(
      "a",
      { class: "run-link trunc", href: rf.runLink(board.model.ids[row]), title: name },
      rf.bdi(name),
    );
    const flag =
      row === board.model.baseline
        ? el("span", { class: "flag", title: "The baseline" }, rf.icon("flag"), el("span", { class: "sr" }, "baseline"))
        : null;
    return el("th", { scope: "row", class: "col-run" }, link, flag);
  }

  function bar(share) {
    return rf.svg(
      "svg",
      { class: "bar", viewBox: "0 0 100 3", width: 96, height: 3, preserveAspectRatio: "none", "aria-hidden": "true" },
      rf.svg("rect", { class: "bar-all", width: 100, height: 3 }),
      rf.svg("rect", { class: "bar-part", width: share, height: 3 }),
    );
  }

  function numberCell(board, col, row) {
    const best = board.model.isBest(col, row);
    const share = board.model.share(col, row);
    return el(
      "td",
      { class: "num" + (best ? " best" : "") + (share >= 0 ? " has-bar" : "") },
      best && el("span", { class: "best-dot", title: "Best of its column" }),
      el("span", { class: "value" }, board.model.text(col, row)),
      share >= 0 && bar(share),
    );
  }

  function sparkCell(col, row) {
    const points = col.v[row];
    if (!points) return el("td", { class: "col-spark" });
    const [x, y] = points.slice(points.lastIndexOf(" ") + 1).split(",");
    const drawing = rf.svg(
      "svg",
      { class: "spark", viewBox: "-3 -3 106 30", width: 92, height: 26, "aria-hidden": "true" },
      rf.svg("polyline", { points }),
      rf.svg("circle", { cx: x, cy: y, r: 2.5 }),
    );
    return el("td", { class: "col-spark" }, drawing);
  }

  function statusCell(board, col, row) {
    const word = board.model.text(col, row);
    if (!word) return el("td", { class: "col-status" });
    const badge = el("span", { class: "badge badge-" + word }, rf.icon(rf.statusIcon(word)), word);
    return el("td", { class: "col-status" }, badge);
  }

  function tagButton(col, index) {
    const text = col.d[index];
    return el(
      "button",
      { class: "tag", type: "button", title: "Only runs tagged " + text, "data-facet": col.k, "data-value": text },
      rf.bdi(text),
    );
  }

  function tagsCell(col, row) {
    const tags = col.v[row] || [];
    const rest = tags.slice(TAGS_SHOWN);
    const span = el("span", { class: "tags" }, ...tags.slice(0, TAGS_SHOWN).map((index) => tagButton(col, index)));
    if (rest.length) {
      const title = rest.map((index) => col.d[index]).join(", ");
      const more = el("button", { class: "tag tag-more", type: "button", title, "aria-label": rest.length + " more tags" }, "+" + rest.length);
      more.addEventListener("click", () => {
        const buttons = rest.map((index) => tagButton(col, index));
        more.replaceWith(...buttons);
        buttons[0].focus();
      });
      span.append(more);
    }
    return el("td", { class: "col-tags" }, span);
  }

  function textCell(board, col, row) {
    const text = board.model.text(col, row);
    return el("td", { class: "col-" + col.t }, el("span", { class: "trunc", title: text }, rf.bdi(text)));
  }

  function cell(board, col, row) {
    if (col.t === "run") return runCell(board, row);
    if (board.model.isNumeric(col)) return numberCell(board, col, row);
    if (col.t === "spark") return sparkCell(col, row);
    if (col.t === "status") return statusCell(board, col, row);
    if (col.t === "tags") return tagsCell(col, row);
    return textCell(board, col, row);
  }

  // ---- rows

  function pickCell(board, row) {
    const box = el("input", {
      class: "check",
      type: "checkbox",
      "data-row": row,
      "aria-label": "Select " + board.model.name(row),
    });
    return el("td", { class: "col-pick" }, box);
  }

  function drawRow(board, cols, row) {
    const line = el("tr", { "data-row": row }, pickCell(board, row));
    if (board.ranked) line.append(el("td", { class: "col-rank num" }, board.model.rank(row)));
    for (const col of cols) line.append(cell(board, col, row));
    return line;
  }

  function empty(board, span) {
    const clear = el("button", { class: "btn", type: "button" }, "Clear all filters");
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
        el("div", { class: "empty" }, rf.icon("search"), el("strong", null, "No run matches these filters"), clear),
      ),
    );
  }

  /* Paints which rows are chosen without making the rows again. */
  function paint(board, table) {
    const colors = rf.colors(board.state.sel);
    for (const line of table.tBodies[0].rows) {
      const box = line.querySelector(".check");
      if (!box) continue;
      const id = board.model.ids[Number(line.dataset.row)];
      const chosen = colors.has(id);
      box.checked = chosen;
      line.className = chosen ? "picked c" + colors.get(id) : "";
    }
  }

  function draw(board, table, rows) {
    const cols = board.model.shown(board.state);
    const focused = table.contains(document.activeElement) ? document.activeElement.dataset.key : null;
    drawHead(board, table, cols);
    const body = rows.length
      ? rows.map((row) => drawRow(board, cols, row))
      : [empty(board, cols.length + (board.ranked ? 2 : 1))];
    table.tBodies[0].replaceChildren(...body);
    paint(board, table);
    if (focused) {
      const again = [...table.tHead.querySelectorAll("button")].find((one) => one.dataset.key === focused);
      if (again) again.focus();
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
    rf.say("Sorted by " + board.state.sort.map(([one]) => board.model.byKey.get(one).l).join(", then "));
  }

  function move(table, event) {
    const step = event.key === "ArrowDown" ? 1 : event.key === "ArrowUp" ? -1 : 0;
    const kind = [".check", ".run-link"].find((selector) => event.target.matches(selector));
    if (!step || !kind) return;
    const all = [...table.tBodies[0].querySelectorAll(kind)];
    const next = all[all.indexOf(event.target) + step];
    if (next) {
      event.preventDefault();
      next.focus();
    }
  }

  function listen(board, table) {
    let last = null;
    table.addEventListener("click", (event) => {
      const head = event.target.closest("button.head");
      if (head) return sortBy(board, head.dataset.key, event.shiftKey);
      const tag = event.target.closest("[data-facet]");
      if (tag) return board.toggle(tag.dataset.facet, tag.dataset.value, true);
      const box = event.target.closest(".check");
      if (!box) return undefined;
      const boxes = [...table.tBodies[0].querySelectorAll(".check")];
      const from = event.shiftKey && last ? boxes.findIndex((one) => one.dataset.row === last) : -1;
      const to = boxes.indexOf(box);
      const range = from < 0 ? [box] : boxes.slice(Math.min(from, to), Math.max(from, to) + 1);
      last = box.dataset.row;
      board.pick(range.map((one) => board.model.ids[Number(one.dataset.row)]), box.checked);
      return undefined;
    });
    table.addEventListener("keydown", (event) => move(table, event));
    const scroll = table.parentElement;
    scroll.addEventListener("scroll", () => scroll.classList.toggle("moved", scroll.scrollLeft > 0), { passive: true });
  }

  rf.table = { draw, paint, listen };
})();
