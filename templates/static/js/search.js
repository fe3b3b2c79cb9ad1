/* The search page: search.html#q=… is the permanent address of a query. */
(function () {
  "use strict";

  const S = rf.search;
  const el = rf.el;
  const RUNS = 10;
  const THINGS = 40;

  const asked = () => rf.state.decode(rf.state.read().get("q") || "");

  /* Things by kind, in the order of their best ones. */
  function grouped(found) {
    const groups = new Map();
    for (const one of found) {
      if (!groups.has(one.kind)) groups.set(one.kind, []);
      groups.get(one.kind).push(one);
    }
    return groups;
  }

  function section(kind, count) {
    const list = el("ul", { class: "found-list" });
    const head = el(
      "div",
      { class: "card-head" },
      el("h2", { class: "card-title" }, S.kindName(kind, true)),
      el("span", { class: "card-note num" }, rf.number(count, 0)),
    );
    return { list, node: el("section", { class: "card found-kind", "aria-label": S.kindName(kind, true) }, head, list) };
  }

  async function runs(hits, answer) {
    const { list, node } = section("run", hits.length);
    let shown = 0;
    const more = el("button", { class: "btn found-more", type: "button" });
    const show = async () => {
      const next = await S.records(hits.slice(shown, shown + RUNS));
      const items = next.map((one) => S.result(one, answer));
      const first = shown > 0 && items.length ? items[0].querySelector("a") : null;
      list.append(...items);
      shown += next.length;
      more.textContent = rf.t("Show {n} more", { n: Math.min(RUNS, hits.length - shown) });
      more.hidden = shown >= hits.length;
      if (first) first.focus();
    };
    more.addEventListener("click", show);
    await show();
    node.append(more);
    return node;
  }

  async function sections(answer) {
    const things = answer.hits.filter((hit) => hit.part.id === "things");
    const found = answer.hits.filter((hit) => hit.part.id !== "things");
    const made = [];
    for (const [kind, some] of grouped(await S.records(things.slice(0, THINGS)))) {
      const { list, node } = section(kind, some.length);
      list.append(...some.map((one) => S.result(one, answer)));
      made.push([some[0].hit.score, node]);
    }
    if (found.length) made.push([found[0].score, await runs(found, answer)]);
    return made.sort((a, b) => b[0] - a[0]).map(([, node]) => node);
  }

  function told(answer) {
    const count = answer.hits.length;
    if (!answer.items.length) return "";
    if (!count) return rf.t("Nothing found. Fewer or shorter words find more.");
    const text = count === 1 ? rf.t("1 result") : rf.t("{n} results", { n: rf.number(count, 0) });
    return answer.missed ? text + " · " + rf.t("A short word begins too much: write more of it to find all.") : text;
  }

  rf.part("search", (element) => {
    const box = element.querySelector("input");
    const status = element.querySelector(".search-status");
    const place = element.querySelector(".search-found");
    let turn = 0;
    const run = async (query) => {
      const mine = ++turn;
      element.dataset.state = "busy";
      try {
        const answer = await S.find(query);
        const nodes = answer.items.length ? await sections(answer) : [];
        if (mine !== turn) return;
        status.textContent = told(answer);
        place.replaceChildren(...nodes);
      } catch (error) {
        if (mine !== turn) return;
        status.textContent = "";
        place.replaceChildren(rf.notice(error.message));
      }
      element.dataset.state = "ready";
    };
    const write = rf.debounce(120, () => {
      const map = rf.state.read();
      if (box.value.trim()) map.set("q", rf.state.encode(box.value.trim()));
      else map.delete("q");
      rf.state.write(map);
      run(box.value);
    });
    box.disabled = false;
    box.addEventListener("input", write);
    box.value = asked();
    if (!box.value) box.focus();
    rf.state.watch(() => {
      if (asked() === box.value.trim()) return;
      box.value = asked();
      run(box.value);
    });
    run(box.value);
  });
})();
