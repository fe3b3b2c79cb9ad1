/* The palette: search runs and pages, go anywhere, act. `/` or Ctrl/Cmd+K opens it on every page,
   `?` shows the keys of the page.

   rf.shortcut(keys, text)   a script tells which keys its part of the page knows
   The search itself is loaded when it is asked first (search-words, -index, -results). */
(function () {
  "use strict";

  const el = rf.el;
  const RUNS = 7;
  const THINGS = 6;
  const RECENT = 6;

  const keys = [];
  rf.shortcut = (names, text) => keys.push([names, text]);

  // ---- scripts on first use

  let engine = null;

  function loadEngine(button) {
    engine =
      engine ||
      button.dataset.scripts.split(" ").reduce(
        (before, src) => before.then(() => (rf.search && rf.search.result ? null : rf.script(src).catch(unread))),
        Promise.resolve(),
      );
    engine.catch(() => (engine = null));
    return engine;
  }

  function unread() {
    throw new Error(rf.t("The search could not be read. Extract or publish the whole site first."));
  }

  // ---- what was chosen before, for this site

  const storage = "runfolio.recent:" + new URL(rf.link("index.html"), location.href).pathname;

  function recent() {
    try {
      const known = JSON.parse(localStorage.getItem(storage) || "[]");
      return known.filter((one) => Array.isArray(one) && typeof one[0] === "string" && typeof one[1] === "string");
    } catch {
      return [];
    }
  }

  function remember(title, path) {
    try {
      const others = recent().filter(([, known]) => known !== path);
      localStorage.setItem(storage, JSON.stringify([[title, path], ...others].slice(0, RECENT)));
    } catch {
      /* Nothing is remembered where storage is blocked. */
    }
  }

  // ---- what can be done



  function pages() {
    const seen = new Set();
    const found = [];
    for (const link of document.querySelectorAll(".site-nav a, .site-menu a")) {
      const text = link.textContent.trim();
      if (seen.has(link.href)) continue;
      seen.add(link.href);
      found.push({ title: text, sub: rf.t("Page"), icon: "right", href: link.href });
    }
    return found;
  }

  function picked() {
    const runs = rf.split(rf.state.read().get("sel") || "");
    return document.querySelector("[data-rf=board]") && runs.length > 1 ? runs : [];
  }

  function actions(palette) {
    const theme = document.querySelector("[data-theme-button]");
    const found = [];
    const runs = picked();
    if (runs.length) {
      const title = rf.t("Compare the {n} picked runs", { n: runs.length });
      const { board } = document.querySelector("[data-rf=board]");
      found.push({ title, icon: "compare", href: board ? rf.tray.link(board, runs) : rf.compareLink(runs) });
    }
    if (theme) {
      const title = rf.t("Change the theme");
      found.push({ title, sub: theme.title, icon: "theme", run: () => theme.click(), stay: true });
    }
    const locale = document.querySelector("[data-locale-button]");
    if (locale) found.push({ title: locale.textContent, icon: "info", run: () => locale.click() });
    found.push({
      title: rf.t("Copy a link to this view"),
      icon: "copy",
      run: () => rf.copy(location.href, palette.hidden).then(() => rf.say(rf.t("Copied"))),
    });
    found.push({ title: rf.t("Show the keys of this page"), sub: "?", icon: "info", run: () => palette.help.showModal() });
    return found;
  }

  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();

  const fits = (one, query) =>
    plain(query).split(/\s+/).every((word) => plain(one.title + " " + (one.sub || "")).includes(word));

  // ---- the dialog

  function dialogOf(palette) {
    const input = el("input", {
      class: "palette-input", type: "text", role: "combobox", autocomplete: "off", spellcheck: "false",
      autocapitalize: "off", enterkeyhint: "go", "aria-expanded": "true", "aria-controls": "palette-list", "aria-autocomplete": "list",
      "aria-label": rf.t("Search runs and pages, or act"), placeholder: rf.t("Search runs and pages, or act"),
    });
    const list = el("div", { class: "palette-list", id: "palette-list", role: "listbox", "aria-label": rf.t("Results"), tabindex: "-1" });
    const close = el("button", { class: "btn btn-quiet btn-icon btn-small", type: "button", "aria-label": rf.t("Close") }, rf.icon("cross"));
    const hidden = el("span", { class: "sr", "aria-hidden": "true" });
    const foot = el("div", { class: "palette-foot", "aria-hidden": "true" },
      ...[["↑ ↓", rf.t("choose")], ["Enter", rf.t("open")], ["Esc", rf.t("close")], ["?", rf.t("all keys")]].map(([key, text]) =>
        el("span", null, el("kbd", null, key), " " + text)),
    );
    const dialog = el("dialog", { class: "palette", "aria-label": rf.t("Search") },
      el("div", { class: "palette-top" }, rf.icon("search"), input, close), list, foot, hidden);
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
    document.body.append(dialog);
    return Object.assign(palette, { dialog, input, list, hidden });
  }

  class Palette {
    constructor(button) {
      this.button = button;
      this.items = [];
      this.at = 0;
      this.turn = 0;
      dialogOf(this);
      this.help = helpOf();
      this.input.addEventListener("input", rf.debounce(50, () => this.ask()));
      this.input.addEventListener("keydown", (event) => this.key(event));
      this.list.addEventListener("pointermove", (event) => {
        const node = event.target.closest("[role=option]");
        if (node) this.choose(Number(node.dataset.at), false);
      });
      this.list.addEventListener("click", (event) => {
        const node = event.target.closest("[role=option]");
        if (node) this.act(this.items[Number(node.dataset.at)], event.ctrlKey || event.metaKey);
      });
    }

    open() {
      if (this.dialog.open) return;
      if (this.help.open) this.help.close();
      this.input.value = "";
      this.dialog.showModal();
      this.input.focus();
      this.ask();
      loadEngine(this.button).catch(() => null); // the first letter finds it ready
    }

    key(event) {
      const step = { ArrowDown: 1, ArrowUp: -1, PageDown: 5, PageUp: -5 }[event.key];
      if (step) {
        event.preventDefault();
        const count = this.items.length;
        if (count) this.choose(Math.abs(step) === 1 ? (this.at + step + count) % count : Math.max(0, Math.min(count - 1, this.at + step)));
      } else if (event.key === "Enter" && !event.isComposing) {
        event.preventDefault();
        this.enter(event.ctrlKey || event.metaKey);
      }
    }

    /* Enter may come before the answer to the last letters: it waits for that. */
    async enter(aside) {
      if (this.asked !== this.input.value) await this.ask();
      this.act(this.items[this.at], aside);
    }

    act(item, aside) {
      if (!item) return;
      if (item.path) remember(item.title, item.path);
      if (item.href && aside) return void window.open(item.href, "_blank", "noopener");
      if (!item.stay) this.dialog.close();
      if (item.href) rf.go(item.href);
      else item.run();
      if (item.stay) this.ask();
    }

    async ask() {
      const mine = ++this.turn;
      const query = this.input.value.trim();
      this.asked = this.input.value;
      const own = query ? [] : this.first();
      if (!query) return this.show(own);
      const quick = [...actions(this), ...pages()].filter((one) => fits(one, query)).slice(0, 5);
      try {
        await loadEngine(this.button);
        const found = await this.found(query);
        if (mine === this.turn) this.show([[rf.t("Go and act"), quick], ...found], query);
      } catch (error) {
        if (mine !== this.turn) return;
        this.show([[rf.t("Go and act"), quick]], query);
        this.list.append(rf.notice(error.message));
      }
    }

    first() {
      const known = recent().map(([title, path]) => ({ title, path, icon: "clock", href: rf.link(encodeURI(path)) }));
      return [[rf.t("Recent"), known], [rf.t("Actions"), actions(this)], [rf.t("Pages"), pages()]];
    }

    async found(query) {
      const S = rf.search;
      const answer = await S.find(query);
      const things = answer.hits.filter((hit) => hit.part.id === "things").slice(0, THINGS);
      const runs = answer.hits.filter((hit) => hit.part.id !== "things").slice(0, RUNS);
      const items = async (hits) =>
        (await S.records(hits)).map((one) => {
          const piece = S.pieces(one, answer)[0];
          const title = one.title.trim() ? one.title : one.path;
          const sub = piece && one.kind === "run" ? [piece.label + ": ", ...piece.nodes] : [...S.mark(one.sub, answer.words)];
          const kind = one.kind === "run" ? "" : S.kindName(one.kind);
          return {
            title, path: one.path, href: rf.link(encodeURI(one.path)), icon: S.kindIcon(one),
            nodes: S.mark(title, answer.words), subNodes: kind ? [kind + (one.sub ? " · " : ""), ...sub] : sub,
          };
        });
      const all = {
        title: rf.t("All {n} results for “{query}”", { n: rf.number(answer.hits.length, 0), query }),
        icon: "search",
        href: rf.link("search.html") + "#q=" + rf.state.encode(query),
      };
      return [
        [rf.t("Things"), await items(things)],
        [rf.t("Runs"), await items(runs)],
        [rf.t("Search"), answer.hits.length ? [all] : []],
      ];
    }

    show(groups, query) {
      this.items = [];
      const nodes = [];
      for (const [name, some] of groups) {
        if (!some.length) continue;
        const id = "palette-group-" + nodes.length;
        const group = el("div", { role: "group", "aria-labelledby": id }, el("div", { class: "palette-group", id }, name));
        for (const item of some) group.append(this.option(item));
        nodes.push(group);
      }
      if (!this.items.length) nodes.push(el("p", { class: "palette-none" }, rf.t("Nothing found.")));
      this.list.replaceChildren(...nodes);
      this.list.scrollTop = 0;
      this.choose(0);
      if (query) rf.say(rf.t("{n} results", { n: this.items.length }));
    }

    option(item) {
      const at = this.items.push(item) - 1;
      const sub = item.subNodes || (item.sub ? [item.sub] : []);
      return el(
        "div",
        { class: "palette-item", role: "option", id: "palette-" + at, "data-at": at, "aria-selected": "false" },
        rf.icon(item.icon || "right"),
        el("span", { class: "palette-words" },
          el("bdi", null, ...(item.nodes || [item.title])),
          sub.length ? el("bdi", { class: "faint" }, ...sub) : null),
      );
    }

    choose(at, scroll = true) {
      const options = this.list.querySelectorAll("[role=option]");
      const old = options[this.at];
      if (old) old.setAttribute("aria-selected", "false");
      this.at = at;
      const now = options[at];
      if (!now) return this.input.removeAttribute("aria-activedescendant");
      now.setAttribute("aria-selected", "true");
      this.input.setAttribute("aria-activedescendant", now.id);
      if (scroll) now.scrollIntoView({ block: "nearest" });
    }
  }

  // ---- the keys of the page

  function known() {
    const found = [["Ctrl K", rf.t("Search and act, also while typing (⌘ K on a Mac)")]];
    const board = document.querySelector("[data-rf=board]");
    found.push(board ? ["/", rf.t("Search and filter this table")] : ["/", rf.t("Search and act")]);
    found.push(["?", rf.t("These keys")], ["Esc", rf.t("Close what is open; clear a search")]);
    found.push(["Tab", rf.t("To the next link, button or field")]);
    if (board) {
      found.push(["↑ ↓", rf.t("In the table: to the row above or below")]);
      found.push(["Shift Enter", rf.t("On a column's head: sort by one more column")]);
    }
    if (document.querySelector("[data-rf=chart]")) {
      found.push(["← →", rf.t("In a chart: the values one step before or after")]);
      found.push(["Page ↑ ↓", rf.t("In a chart: many steps")], ["Home End", rf.t("In a chart: first and last step")]);
    }
    return [...found, ...keys];
  }

  function helpOf() {
    const rows = el("tbody");
    const close = el("button", { class: "btn btn-quiet btn-icon btn-small", type: "button", "aria-label": rf.t("Close") }, rf.icon("cross"));
    const dialog = el("dialog", { class: "palette keys", "aria-labelledby": "keys-title" },
      el("div", { class: "keys-head" }, el("h2", { id: "keys-title" }, rf.t("Keys of this page")), close),
      el("div", { class: "keys-body", tabindex: "0", role: "region", "aria-labelledby": "keys-title" }, el("table", { class: "keys-table" }, rows)));
    close.addEventListener("click", () => dialog.close());
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
    document.body.append(dialog);
    const show = dialog.showModal.bind(dialog);
    dialog.showModal = () => {
      rows.replaceChildren(...known().map(([names, text]) =>
        el("tr", null,
          el("th", { scope: "row" }, ...names.split(" ").flatMap((name, i) => [i ? " " : "", el("kbd", null, name)])),
          el("td", null, text))));
      show();
    };
    return dialog;
  }

  // ---- wiring

  const typing = (target) =>
    target instanceof Element && target.closest("input:not([type=checkbox]):not([type=radio]):not([type=range]), textarea, select, [contenteditable]");

  document.addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("[data-palette]");
    if (!button || !window.HTMLDialogElement) return;
    let palette = null;
    const made = () => (palette = palette || new Palette(button));
    button.addEventListener("click", () => made().open());
    document.addEventListener("keydown", (event) => {
      if (event.defaultPrevented || event.isComposing) return;
      const control = (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey;
      if (control && event.key.toLowerCase() === "k") {
        event.preventDefault();
        made().open();
        return;
      }
      if (control || event.altKey || event.metaKey || typing(event.target) || document.querySelector("dialog[open]")) return;
      if (event.key === "/" && !document.querySelector("[data-rf=board], [data-rf=search]")) {
        event.preventDefault();
        made().open();
      } else if (event.key === "/" && document.querySelector("[data-rf=search]")) {
        event.preventDefault();
        document.querySelector("[data-rf=search] input").select();
      } else if (event.key === "?") {
        event.preventDefault();
        made().help.showModal();
      }
    });
    const menu = document.querySelector(".site-more");
    if (menu) {
      document.addEventListener("click", (event) => {
        if (menu.open && !menu.contains(event.target)) menu.open = false;
      });
      menu.addEventListener("keydown", (event) => {
        if (event.key !== "Escape" || !menu.open) return;
        menu.open = false;
        menu.querySelector("summary").focus();
      });
    }
  });
})();
