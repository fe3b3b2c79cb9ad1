/* What a search found, as elements: names and excerpts with the words marked.

   rf.search.result(one, answer)   a list item for a document of rf.search.records()
   rf.search.pieces(one, answer)   [{ label, anchor, nodes }]: where the words stand in it
   rf.search.kindName(kind, many)  what a kind is called */
(function () {
  "use strict";

  const S = (rf.search = rf.search || {});
  const el = rf.el;
  const AROUND = 60;
  const MOST_PIECES = 3;

  const NAMES = /* said: */ {
    run: ["Run", "Runs"], leaderboard: ["Leaderboard", "Leaderboards"], experiment: ["Experiment", "Experiments"],
    page: ["Page", "Pages"], tag: ["Tag", "Tags"], metric: ["Metric", "Metrics"], dataset: ["Dataset", "Datasets"],
    model: ["Model", "Models"], sweep: ["Sweep", "Sweeps"], group: ["Group", "Groups"],
  };
  const ICONS = {
    leaderboard: "trophy", experiment: "flask", page: "file", tag: "tag", metric: "compare", dataset: "columns",
    model: "flag", sweep: "branch", group: "rows",
  };

  const kindName = (kind, many) => rf.t((NAMES[kind] || ["Thing", "Things"])[many ? 1 : 0]);
  const kindIcon = (one) => (one.kind === "run" ? rf.statusIcon(one.status) : ICONS[one.kind] || "file");

  /* The stretch of a text around the first word that was looked for; null if none is there. */
  function around(text, words) {
    const [first] = S.spans(text, words);
    if (!first) return null;
    let from = Math.max(0, first[0] - AROUND);
    let to = Math.min(text.length, first[1] + 2 * AROUND);
    if (from > 0) from = Math.max(text.lastIndexOf(" ", from), text.lastIndexOf("\n", from), from - 20) + 1;
    // Never between the two halves of one letter.
    if (/[\udc00-\udfff]/.test(text[from] || "")) from--;
    if (/[\udc00-\udfff]/.test(text[to] || "")) to++;
    const cut = text.slice(from, to).replace(/\s+/g, " ");
    return [from > 0 ? "… " : "", ...S.mark(cut, words), to < text.length ? " …" : ""];
  }

  const holds = (text, words) => S.spans(text, words).length > 0;

  function fromParams(shown, words) {
    const hits = (shown.p || []).filter(([key, value]) => holds(key, words) || holds(value, words));
    return hits.slice(0, MOST_PIECES).map(([key, value]) => ({
      label: rf.t("Param"),
      anchor: "params",
      nodes: [...S.mark(key, words), " = ", ...S.mark(value, words)],
    }));
  }

  function fromText(text, words, label, anchor) {
    const nodes = text ? around(text, words) : null;
    return nodes ? [{ label, anchor, nodes }] : [];
  }

  function pieces(one, answer) {
    const { shown } = one;
    const words = answer.words;
    const lines = (shown.o || []).filter((line) => holds(line, words)).slice(-2);
    const tags = (shown.t || []).filter((tag) => holds(tag, words));
    return [
      ...fromText(tags.join(", "), words, rf.t("Tag"), ""),
      ...fromParams(shown, words),
      ...fromText(shown.m, words, one.kind === "run" ? rf.t("Note") : "", one.kind === "run" ? "notes" : ""),
      ...fromText(shown.x, words, rf.t("Error"), ""),
      ...lines.flatMap((line) => fromText(line, words, rf.t("Output"), "output")),
    ].slice(0, MOST_PIECES);
  }

  function status(one) {
    if (one.kind !== "run") return null;
    return rf.badge(one.status);
  }

  function result(one, answer) {
    const title = one.title.trim() ? one.title : one.path.replace(/^.*\/|\.html$/g, "");
    const link = el("a", { class: "found-title", href: rf.link(encodeURI(one.path)), title }, el("bdi", null, ...S.mark(title, answer.words)));
    const list = pieces(one, answer).map((piece) =>
      el(
        "li",
        { class: "found-piece" },
        piece.label
          ? el("a", { class: "found-label", href: rf.link(encodeURI(one.path)) + (piece.anchor ? "#" + piece.anchor : "") }, piece.label)
          : null,
        el("bdi", { class: piece.anchor === "notes" || !piece.label ? "" : "mono" }, ...piece.nodes),
      ),
    );
    return el(
      "li",
      { class: "found" },
      el("div", { class: "line" }, one.kind === "run" ? null : rf.icon(kindIcon(one)), link, status(one), el("bdi", { class: "faint" }, ...S.mark(one.sub, answer.words))),
      list.length ? el("ul", { class: "found-pieces" }, ...list) : null,
    );
  }

  Object.assign(S, { result, pieces, kindName, kindIcon });
})();
