/* rf: the one global of the site's scripts. Classic scripts, deferred, in the order of the page.

   Data    A data file is `rf(kind, id, payload)` and nothing else.
           rf.load(kind, id, src)  a promise of that payload; the file is asked for once.
   Parts   rf.part(name, start)    start(element) runs for each [data-rf="name"] of the page:
             <section data-rf="board" data-src="…" data-slug="…">         board.js and its rooms
             <figure class="chart" data-rf="chart" data-chart="curve">    charts.js
             <div class="code" data-rf="copy">                            here: a copy button
           A part that throws shows a notice in its place; the others go on.
   Files   rf.script(src, name)  runs a script of the site, unless it gave rf[name] before;
           rf.picture(img, src), rf.go(href): shows a picture, goes to a page. A script reads and
           leaves by these alone: a bundle (templates/bundle) has the files elsewhere.
   Page    rf.el(tag, attributes, ...children), rf.svg(…), rf.icon(name), rf.say(text),
           rf.notice(text, tone), rf.link(path) from the site's root, rf.runLink(id),
           rf.compareLink(ids, by)
   Words   rf.t("{n} runs", { n: 3 }): every text of the interface, in the site's language;
           rf.localTime("2026-11-15 14:00") in the reader's zone and words (shown on hovering)
   State   rf.state.read() → Map of name → text, rf.state.write(map), rf.state.watch(fn);
           rf.join(list) and rf.split(text): each item is encoded before joining with commas
   Colour  rf.color("--run-0") resolved for the theme; document event "rf:theme" when it changes;
           rf.colors(ids) → Map of id → 0..7: each run's own colour where it is still free
   Numbers rf.number(x, decimals) and its kin: numbers.js

   Texts only ever reach the page through textContent and attributes: names are hostile. */
(function () {
  "use strict";

  const payloads = new Map();
  const waiting = new Map();
  const loads = new Map();
  const name = (kind, id) => kind + "\u0000" + id;

  function rf(kind, id, payload) {
    if (kind === "words") rf.words = new Map(Object.entries(payload));
    const key = name(kind, id);
    payloads.set(key, payload);
    const settle = waiting.get(key);
    waiting.delete(key);
    if (settle) settle(payload);
  }
  window.rf = rf;

  // ---- words: English in the code; words.js of a site in another language maps it

  rf.words = new Map();
  rf.t = function (text, values) {
    const found = rf.words.get(text) || text;
    if (!values) return found;
    return found.replace(/\{(\w+)\}/g, (all, key) => (key in values ? String(values[key]) : all));
  };

  // ---- data files

  function missing(src) {
    const file = src.replace(/^(\.\.?\/)+/, "");
    const advice =
      location.protocol === "file:"
        ? rf.t("If this page was opened from inside a zip archive, extract the whole folder first and open it from there. Else the folder was copied only in part.")
        : rf.t("The site may have been published only in part, or this page is older than the site: reload it.");
    return new Error(rf.t("The data file {file} could not be read.", { file }) + " " + advice);
  }

  rf.load = function (kind, id, src) {
    const key = name(kind, id);
    if (payloads.has(key)) return Promise.resolve(payloads.get(key));
    if (loads.has(key)) return loads.get(key);
    const promise = new Promise((resolve, reject) => {
      waiting.set(key, resolve);
      const script = document.createElement("script");
      script.src = src;
      script.async = true;
      const fail = () => {
        loads.delete(key); // a later try may succeed
        script.remove();
        reject(missing(src));
      };
      script.onerror = fail;
      script.onload = () => {
        if (!payloads.has(key)) fail();
      };
      document.head.append(script);
    });
    loads.set(key, promise);
    return promise;
  };

  // ---- scripts that are loaded late, pictures, other pages

  rf.script = function (src, name) {
    if (name && rf[name]) return Promise.resolve();
    return new Promise((resolve, reject) => {
      const script = document.createElement("script");
      script.src = src;
      script.onload = () => resolve();
      script.onerror = () => reject(missing(src));
      document.head.append(script);
    });
  };

  rf.picture = function (picture, src) {
    picture.src = src;
  };

  rf.go = function (href) {
    location.href = href;
  };

  // ---- the page

  function fill(node, attributes, children) {
    for (const [key, value] of Object.entries(attributes || {})) {
      if (value === false || value === null || value === undefined) continue;
      if (key.startsWith("on")) node.addEventListener(key.slice(2), value);
      else node.setAttribute(key, value === true ? "" : String(value));
    }
    for (const child of children) {
      if (child !== null && child !== undefined && child !== false) node.append(child);
    }
    return node;
  }

  rf.el = (tag, attributes, ...children) =>
    fill(document.createElement(tag), attributes, children);

  rf.svg = (tag, attributes, ...children) =>
    fill(document.createElementNS("http://www.w3.org/2000/svg", tag), attributes, children);

  rf.icon = (icon) => rf.el("span", { class: "i i-" + icon, "aria-hidden": "true" });

  rf.bdi = (text) => rf.el("bdi", null, text);

  /* What a link or a head shows of a name: it must say something. */
  rf.named = (text) => (String(text).trim() ? text : rf.t("(no name)"));

  const STATUS_ICONS = { finished: "check", running: "play", failed: "cross", killed: "stop", stalled: "clock" };
  rf.statusIcon = (status) => STATUS_ICONS[status] || "info";
  rf.word = (word) => rf.words.get(word) || word;
  rf.badge = (status) =>
    rf.el("span", { class: "badge badge-" + status }, rf.icon(rf.statusIcon(status)), rf.word(status));

  rf.originBadge = (name) => rf.el("span", { class: "origin", title: rf.t("From {source}", { source: name }) }, name);

  rf.notice = (text, tone) =>
    rf.el(
      "div",
      { class: "notice notice-" + (tone || "bad"), role: tone === "info" ? null : "alert" },
      rf.icon(tone === "info" ? "info" : "alert"),
      rf.el("p", null, text),
    );

  let saying = 0;
  rf.say = function (text) {
    // The pause lets quick changes replace each other instead of queueing up.
    clearTimeout(saying);
    saying = setTimeout(() => {
      const live = document.getElementById("live");
      if (live) live.textContent = text;
    }, 250);
  };

  rf.link = (path) => (document.body.dataset.root || "./") + path;
  rf.runLink = (id) => rf.link("runs/" + encodeURIComponent(id) + ".html");
  rf.compareLink = (ids, by = []) =>
    rf.link("compare.html") + "#runs=" + rf.join(ids) + (by.length ? "&group=" + rf.join(by) : "");

  rf.debounce = function (milliseconds, call) {
    let timer = 0;
    return (...values) => {
      clearTimeout(timer);
      timer = setTimeout(() => call(...values), milliseconds);
    };
  };

  /* At once where the last time was quick; a slow one (a large table, an old phone) waits for a
     pause in the typing. What is asked for before it began is done once. */
  rf.soon = function (call) {
    let timer = 0;
    let took = 0;
    return () => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        const began = performance.now();
        call();
        took = performance.now() - began;
      }, took > 50 ? 90 : 0);
    };
  };

  /* When the page has nothing more urgent to do, at the latest after so many milliseconds. */
  rf.idle = (call, timeout = 400) =>
    window.requestIdleCallback ? requestIdleCallback(call, { timeout }) : setTimeout(call, 24);

  // ---- parts of the page

  const parts = new Map();
  let ready = false;

  function begin(element) {
    const start = parts.get(element.dataset.rf);
    if (!start || element.dataset.rfReady) return;
    element.dataset.rfReady = "1";
    try {
      start(element);
    } catch (error) {
      element.prepend(rf.notice(rf.t("This part of the page failed: {why}", { why: error.message })));
      console.error(error);
    }
  }

  rf.part = function (part, start) {
    parts.set(part, start);
    if (ready) rf.begin(document);
  };

  rf.begin = function (root) {
    for (const element of root.querySelectorAll("[data-rf]")) begin(element);
  };

  document.addEventListener("DOMContentLoaded", () => {
    ready = true;
    rf.begin(document);
    const skip = document.querySelector(".skip");
    // The hash holds the view's state, so the skip link moves the focus without touching it.
    if (skip) {
      skip.addEventListener("click", (event) => {
        event.preventDefault();
        const main = document.getElementById("main");
        main.focus();
        main.scrollIntoView();
      });
    }
  });

  // ---- state in the address

  const wellFormed = (text) => (text.toWellFormed ? text.toWellFormed() : text);
  const encode = (text) =>
    encodeURIComponent(wellFormed(String(text))).replace(/%2F/g, "/").replace(/%3A/g, ":");

  function decode(text) {
    try {
      return decodeURIComponent(text);
    } catch {
      return text; // a hand-made address with a lone % sign
    }
  }

  rf.join = (items) => Array.from(items, encode).join(",");
  rf.split = (text) => (text ? text.split(",").map(decode) : []);

  /* Values stay encoded here: a list is split first and decoded after. */
  rf.state = {
    read() {
      const map = new Map();
      for (const piece of location.hash.slice(1).split("&")) {
        const at = piece.indexOf("=");
        if (at > 0) map.set(decode(piece.slice(0, at)), piece.slice(at + 1));
      }
      return map;
    },
    write(map) {
      const text = Array.from(map, ([key, value]) => encode(key) + "=" + value).join("&");
      const now = location.hash.slice(1);
      if (text === now) return;
      history.replaceState(history.state, "", text ? "#" + text : location.pathname + location.search);
    },
    watch(call) {
      addEventListener("hashchange", () => {
        if (!location.hash.slice(1) || location.hash.includes("=")) call(rf.state.read());
      });
    },
    encode,
    decode,
  };

  // ---- colours

  rf.color = function (property) {
    const probe = rf.el("span", { hidden: true });
    probe.style.color = "var(" + property + ")";
    document.body.append(probe);
    const color = getComputedStyle(probe).color;
    probe.remove();
    return color;
  };

  /* FNV-1a over the id, as site/names.py does it: a run has one colour in every site. */
  rf.colorOf = function (id) {
    let hash = 0x811c9dc5;
    for (let at = 0; at < id.length; at++) {
      hash = Math.imul(hash ^ id.charCodeAt(at), 0x01000193) >>> 0;
    }
    return hash % 8;
  };

  rf.colors = function (ids) {
    const colors = new Map();
    const taken = new Set();
    for (const id of ids) {
      let color = rf.colorOf(id);
      // Its own colour if free, else the next free one; after eight they repeat (dashes differ).
      for (let tries = 0; tries < 8 && taken.has(color); tries++) color = (color + 1) % 8;
      taken.add(color);
      if (taken.size === 8) taken.clear();
      colors.set(id, color);
    }
    return colors;
  };

  // ---- times: UTC on the page, the reader's own clock and words where the pointer rests

  const MOMENT = /^\s*(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d(?::\d\d)?)(?: ?(?:UTC|Z))?\s*$/;

  rf.moment = function (text) {
    const found = MOMENT.exec(text || "");
    const moment = found ? new Date(found[1] + "T" + found[2] + "Z") : null;
    return moment && !isNaN(moment) ? moment : null;
  };

  rf.localTime = function (text) {
    const moment = rf.moment(text);
    return moment ? moment.toLocaleString(undefined, { dateStyle: "full", timeStyle: "long" }) : "";
  };

  document.addEventListener("pointerover", (event) => {
    const at = event.target;
    if (at.children.length || at.title || at.textContent.length > 24) return;
    const told = rf.localTime(at.getAttribute("datetime") || rf.written(at));
    if (told) at.title = told;
  });

  // ---- copy buttons

  async function copy(text, fallback) {
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      getSelection().selectAllChildren(fallback);
      document.execCommand("copy"); // works where the clipboard needs https
      getSelection().removeAllRanges();
    }
  }

  rf.copy = copy;

  rf.part("copy", (element) => {
    const source = element.querySelector("code") || element;
    const button = rf.el(
      "button",
      { class: "btn btn-quiet btn-icon btn-small copy", type: "button", "aria-label": rf.t("Copy"), title: rf.t("Copy") },
      rf.icon("copy"),
    );
    button.addEventListener("click", async () => {
      await copy(source.textContent, source);
      button.replaceChildren(rf.icon("check"));
      rf.say(rf.t("Copied"));
      setTimeout(() => button.replaceChildren(rf.icon("copy")), 1500);
    });
    element.append(button);
  });
})();
