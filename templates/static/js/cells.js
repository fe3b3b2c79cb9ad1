/* The cells of the board's table: the very ones that partials/table.html writes.
     rf.cells.make(board, col, row)          a new one
     rf.cells.refill(cell, board, col, row)  a cell of the same column becomes the one of another
                                             row; false where a new one is needed              */
(function () {
  "use strict";

  const TAGS_SHOWN = 2;
  const MEMBERS = 20;
  const el = rf.el;

  function runCell(board, row) {
    const { model } = board;
    const name = model.name(row);
    const link = model.members
      ? el("span", { class: "trunc run-group", title: model.exact(row) }, rf.bdi(name))
      : el("a", { class: "run-link trunc", href: rf.runLink(model.ids[row]), title: name }, rf.bdi(name));
    const flag =
      row === model.baseline &&
      el("span", { class: "flag", title: rf.t("The baseline") }, rf.icon("flag"), el("span", { class: "sr" }, rf.t("baseline")));
    const members = model.members && membersOf(model, row);
    const from = !model.members && model.origin(row);
    const cell = el("th", { scope: "row", class: "col-run" }, link, from && rf.originBadge(from), flag, pinButton(board, row, name), members);
    return flag || members || from ? cell : marked(cell, { rfRun: true });
  }

  function pinLook(board, row, name) {
    const id = board.model.ids[row];
    const on = board.state.pin.includes(id);
    const label = rf.t(on ? "Let {name} go from the top" : "Keep {name} on top", { name });
    return { "aria-pressed": String(on), "aria-label": label, title: label, "data-pin": id };
  }

  const pinButton = (board, row, name) =>
    el("button", { class: "pin", type: "button", ...pinLook(board, row, name) }, rf.icon("pin"));

  const runsText = (n) => rf.t(n === 1 ? "{n} run" : "{n} runs", { n: rf.number(n, 0) });

  /* The runs of a group with their own values; filled when it is opened, so that a page is quick. */
  function membersOf(model, row) {
    const all = model.membersOf(row);
    const primary = model.byKey.get(model.primary);
    const item = ({ id, name, value, origin }) =>
      el(
        "li",
        null,
        el("a", { class: "run-link trunc", href: rf.runLink(id), title: name }, rf.bdi(name.trim() || id)),
        origin ? rf.originBadge(origin) : null,
        el("span", { class: "num" }, rf.number(value, primary.dec) || "–"),
      );
    const fill = (most) => {
      const items = all.slice(0, most).map(item);
      const left = all.length - items.length;
      if (left > 0) items.push(el("li", { class: "faint" }, rf.t("and {n} more", { n: rf.number(left, 0) })));
      return items;
    };
    const list = el("ul", null, ...fill(MEMBERS));
    const node = el(
      "details",
      { class: "members" },
      el("summary", null, rf.icon("chevron"), runsText(all.length)),
      list,
    );
    // Open over another order, page or value.
    const was = (model.opened ??= new Set());
    node.open = was.has(row);
    node.addEventListener("toggle", () => {
      if (!node.open) was.delete(row);
      else was.add(row);
      if (!node.open) return;
      const compare = el("a", { href: rf.compareLink(all.slice(0, 24).map((one) => one.id)) }, rf.t("Compare these runs"));
      list.replaceChildren(...fill(200), el("li", null, compare));
    });
    return node;
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
    const tone = board.model.tone(col, row);
    const spread = board.model.spread(col, row);
    const text = board.model.text(col, row);
    // A page has thousands of such cells: no element that nobody needs.
    if (!best && share < 0 && !spread) {
      return marked(el("td", { class: "num" + (tone ? " " + tone : "") }, text), { rfBar: false });
    }
    const node = el(
      "td",
      { class: "num" + (best ? " best" : "") + (share >= 0 ? " has-bar" : "") },
      best && el("span", { class: "best-dot", title: rf.t("Best of its column") }),
      el("span", { class: "value" }, text),
      spread && el("span", { class: "plus-minus" }, spread),
      share >= 0 && bar(share),
    );
    return best || spread ? node : marked(node, { rfBar: true });
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
    return el("td", { class: "col-status" }, rf.badge(word));
  }

  function tagButton(col, index) {
    const text = col.d[index];
    return el(
      "button",
      { class: "tag", type: "button", title: rf.t("Only runs tagged {tag}", { tag: text }), "data-facet": col.k, "data-value": text },
      rf.bdi(text),
    );
  }

  function tagsCell(col, row) {
    const tags = col.v[row] || [];
    const rest = tags.slice(TAGS_SHOWN);
    const span = el("span", { class: "tags" }, ...tags.slice(0, TAGS_SHOWN).map((index) => tagButton(col, index)));
    if (rest.length) {
      const title = rest.map((index) => col.d[index]).join(", ");
      const more = el("button", { class: "tag tag-more", type: "button", title, "aria-label": rf.t("{n} more tags", { n: rest.length }) }, "+" + rest.length);
      more.addEventListener("click", () => {
        const buttons = rest.map((index) => tagButton(col, index));
        more.closest("td").rfSame = undefined;
        more.replaceWith(...buttons);
        buttons[0].focus();
      });
      span.append(more);
    }
    return el("td", { class: "col-tags" }, span);
  }

  function textCell(board, col, row) {
    const text = board.model.text(col, row);
    return el("td", { class: "col-" + col.t }, el("bdi", { class: "trunc", title: text }, text));
  }

  /* What refill has to know of a cell: what it holds, and whether something is around it. */
  const marked = Object.assign;

  function make(board, col, row) {
    const same = { rfSame: String(col.v[row]) };
    if (col.t === "run") return runCell(board, row);
    if (board.model.isNumeric(col) || col.t === "range") return numberCell(board, col, row);
    if (col.t === "spark") return marked(sparkCell(col, row), { rfSpark: Boolean(col.v[row]) });
    if (col.t === "status") return marked(statusCell(board, col, row), same);
    if (col.t === "tags") return marked(tagsCell(col, row), same);
    return marked(textCell(board, col, row), { rfText: true });
  }

  // ---- cells that are there already

  const write = (node, text) => {
    if (node.data !== text) node.data = text;
  };

  /* Most cells of a table are a number with nothing around it, or with its bar. */
  function refillNumber(cell, board, col, row) {
    const { model } = board;
    const share = model.share(col, row);
    if (cell.rfBar !== share >= 0 || model.isBest(col, row) || model.spread(col, row)) return false;
    const text = model.text(col, row);
    if (cell.rfBar) {
      write(cell.firstChild.firstChild, text);
      cell.lastChild.lastChild.setAttribute("width", share);
      return true;
    }
    write(cell.firstChild, text);
    for (const tone of ["good", "bad"]) cell.classList.toggle(tone, tone === model.tone(col, row));
    cell.removeAttribute("title"); // a time in the reader's words, shown on hovering
    return true;
  }

  function refillRun(cell, board, row) {
    const { model } = board;
    if (row === model.baseline || model.origin(row)) return false;
    const name = model.name(row);
    const [link, pin] = cell.children;
    link.href = rf.runLink(model.ids[row]);
    link.title = name;
    link.firstChild.textContent = name;
    for (const [key, value] of Object.entries(pinLook(board, row, name))) pin.setAttribute(key, value);
    return true;
  }

  function refillSpark(cell, col, row) {
    const points = col.v[row];
    const [line, dot] = cell.firstChild.children;
    if (!points) return false;
    const [x, y] = points.slice(points.lastIndexOf(" ") + 1).split(",");
    line.setAttribute("points", points);
    dot.setAttribute("cx", x);
    dot.setAttribute("cy", y);
    return true;
  }

  function refillText(cell, board, col, row) {
    const text = board.model.text(col, row);
    const inner = cell.firstChild;
    if (inner.textContent === text) return true;
    inner.textContent = text;
    inner.title = text;
    return true;
  }

  function refill(cell, board, col, row) {
    if (cell.rfBar !== undefined) return refillNumber(cell, board, col, row);
    if (cell.rfText) return refillText(cell, board, col, row);
    if (cell.rfRun) return refillRun(cell, board, row);
    if (cell.rfSpark) return refillSpark(cell, col, row);
    return cell.rfSame !== undefined && cell.rfSame === String(col.v[row]);
  }

  rf.cells = { make, refill };
})();
