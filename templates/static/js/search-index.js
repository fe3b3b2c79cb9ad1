/* The search index in the browser: asks only for the files that a query needs.

   rf.search.find(query, options)  a promise of { query, items, hits, missed, words }
     hits      [{ part, at, score, fields }] the best first; part.id "things" is all but runs
     missed    whether a word begins so much that not all of it was read
   rf.search.records(hits)         a promise of the documents (see gather/search_index.py)
   rf.search.parse(query)          what is asked: [{ not, field, kind, words, phrase, pair }] */
(function () {
  "use strict";

  const S = (rf.search = rf.search || {});
  const FIELDS = new Map(
    Object.entries({
      name: "n", id: "n", tag: "t", experiment: "e", group: "g", param: "p", note: "m", error: "x",
      traceback: "x", status: "s", user: "i", host: "i", script: "i", branch: "i", commit: "i", output: "o",
    }),
  );
  const KIND = "k"; // the field that says what a document is; only asked for by name
  const KINDS = new Set(["run", "leaderboard", "page", "metric", "dataset", "model", "sweep"]);
  const WEIGHTS = { n: 12, t: 6, e: 5, g: 5, p: 4, m: 4, x: 4, s: 3, i: 2, o: 1, k: 0.1 };
  const BEGINNING = 0.5; // what a word counts that only begins so
  const MOST_FILES = 10; // files of words for one word of the query
  const PHRASES = 96; // documents in which a phrase is looked for

  // ---- the query

  function parse(query) {
    const items = [];
    for (const [, not, name, quoted, open, plain] of query.matchAll(
      /(-)?(?:([a-z]+):)?(?:"([^"]*)"|"([^"]*)$|(\S+))/giu,
    )) {
      let text = quoted ?? open ?? plain;
      const word = (name || "").toLowerCase();
      const field = FIELDS.get(word) || "";
      const kind = KINDS.has(word) ? word : "";
      if (name && !field && !kind) text = name + ":" + text;
      const phrase = quoted !== undefined && S.words(text).length > 1 ? S.fold(text).trim() : "";
      const pair = (field === "p" || field === "t") && /.=./.test(text) ? S.pair(text) : "";
      const words = S.words(text);
      if (words.length || (kind && !text)) {
        items.push({ not: Boolean(not), field: kind ? "n" : field, kind, words, phrase, pair });
      }
    }
    return items;
  }

  // ---- the files

  let home = null;

  function index() {
    home = home || rf.load("search", "site", rf.link("data/search/index.js"));
    home.catch(() => (home = null));
    return home;
  }

  const wordsFile = (part, [first, hash]) =>
    rf.load("search", part.id + " " + first, rf.link("data/search/w-" + hash + ".js"));

  /* Which files of a part hold words that begin so. */
  function shards(part, word, whole) {
    const end = whole ? word : word + "\uffff";
    return part.w.filter(([first], i) => {
      const next = part.w[i + 1];
      return first <= end && (!next || next[0] > word);
    });
  }

  /* "p0-2,3;o7" → Map of place → its fields. */
  function places(text, fields, found) {
    for (const piece of text.split(";")) {
      const letter = piece[0];
      if (fields ? fields !== letter : letter === KIND) continue;
      let at = 0;
      for (const step of piece.slice(1).split(",")) {
        const [gap, more] = step.split("-");
        at += parseInt(gap, 36);
        for (let left = more ? parseInt(more, 36) : 0; left >= 0; left--) {
          found.set(at, (found.get(at) || "") + letter);
          at++;
        }
      }
    }
    return found;
  }

  const best = (letters, factor) => {
    let top = 0;
    for (const letter of letters) top = Math.max(top, (WEIGHTS[letter] || 1) * factor);
    return top;
  };

  /* The documents with one word: Map of part → Map of place → { score, fields }. */
  async function withWord(parts, word, field, whole) {
    const result = new Map();
    let room = MOST_FILES;
    let missed = false;
    let count = 0;
    for (const part of [...parts].reverse()) {
      const wanted = shards(part, word, whole);
      if (wanted.length > room) missed = true;
      const files = await Promise.all(wanted.slice(0, Math.max(room, 1)).map((one) => wordsFile(part, one)));
      room -= Math.min(wanted.length, room);
      const found = new Map();
      for (const entries of files) {
        for (let i = 0; i < entries.length; i += 2) {
          const same = entries[i] === word;
          if (!same && (whole || !entries[i].startsWith(word))) continue;
          for (const [at, letters] of places(entries[i + 1], field, new Map())) {
            const score = best(letters, same ? 1 : BEGINNING);
            const known = found.get(at);
            if (!known) found.set(at, { score, fields: letters });
            else {
              known.score = Math.max(known.score, score);
              known.fields += letters;
            }
          }
        }
      }
      count += found.size;
      result.set(part, found);
    }
    return { result, missed, count };
  }

  const total = (parts) => parts.reduce((sum, part) => sum + part.n, 0);

  /* A single Latin letter or digit begins too much: it stands for itself. */
  const alone = (word) => word.length < 2 && /[a-z0-9]/.test(word);

  async function answers(parts, item) {
    if (item.kind) {
      const named = await answers(parts, { ...item, kind: "" });
      return [await withWord(parts, item.kind, KIND, true), ...named];
    }
    if (item.pair) {
      const exact = await withWord(parts, item.pair, item.field, true);
      return [exact.count ? exact : await withWord(parts, item.pair, item.field, false)];
    }
    // What must not be there is meant as it stands: its beginning would take away too much.
    return Promise.all(
      item.words.map((word) => withWord(parts, word, item.field, item.not || alone(word))),
    );
  }

  /* Keep the documents that all answers have; add up their scores, rare words counting more. */
  function both(parts, kept, answer) {
    const rare = Math.log(1 + total(parts) / Math.max(1, answer.count));
    const next = new Map();
    for (const part of parts) {
      const found = answer.result.get(part) || new Map();
      const before = kept ? kept.get(part) || new Map() : null;
      const here = new Map();
      for (const [at, one] of found) {
        const was = before ? before.get(at) : { score: 0, fields: "" };
        if (was) here.set(at, { score: was.score + one.score * rare, fields: was.fields + one.fields });
      }
      next.set(part, here);
    }
    return next;
  }

  function without(kept, answers) {
    for (const [part, found] of kept) {
      for (const at of [...found.keys()]) {
        if (answers.every((answer) => (answer.result.get(part) || new Map()).has(at))) found.delete(at);
      }
    }
  }

  const everything = (parts) =>
    new Map(
      parts.map((part) => [part, new Map(Array.from({ length: part.n }, (_, at) => [at, { score: 1, fields: "" }]))]),
    );

  async function find(query) {
    const items = parse(query);
    const parts = (await index()).parts;
    let kept = null;
    let missed = false;
    for (const item of items.filter((one) => !one.not)) {
      for (const answer of await answers(parts, item)) {
        missed = missed || answer.missed;
        kept = both(parts, kept, answer);
      }
    }
    if (items.length && !kept) kept = everything(parts);
    for (const item of items.filter((one) => one.not)) without(kept, await answers(parts, item));
    const order = new Map(parts.map((part, i) => [part, i]));
    let hits = [];
    for (const [part, found] of kept || []) {
      for (const [at, one] of found) hits.push({ part, at, score: one.score, fields: one.fields });
    }
    // Equal ones: the newest run first, things in the order of their kinds.
    const late = (hit) => (hit.part.id === "things" ? -hit.at : hit.at);
    hits.sort((a, b) => b.score - a.score || order.get(b.part) - order.get(a.part) || late(b) - late(a));
    const phrases = items.filter((one) => one.phrase && !one.not).map((one) => one.phrase);
    if (phrases.length) hits = await withPhrases(hits, phrases);
    const words = items.filter((one) => !one.not).flatMap((one) => one.words);
    return { query, items, hits, missed, words };
  }

  // ---- the documents

  async function records(hits) {
    const { chunk } = await index();
    return Promise.all(
      hits.map(async (hit) => {
        const at = Math.floor(hit.at / chunk);
        const id = hit.part.id + " #" + at;
        const all = await rf.load("search", id, rf.link("data/search/t-" + hit.part.t[at] + ".js"));
        const [kind, path, title, sub, status, shown] = all[hit.at % chunk];
        return { kind, path, title, sub, status, shown, hit };
      }),
    );
  }

  function texts(one) {
    const shown = one.shown;
    const some = [one.title, one.sub, shown.m || "", shown.x || "", ...(shown.o || []), ...(shown.t || [])];
    for (const [key, value] of shown.p || []) some.push(key + " " + value, key + "=" + value);
    return some.map(S.fold);
  }

  /* The documents that hold the phrases as they stand, among the first ones. */
  async function withPhrases(hits, phrases) {
    const found = [];
    for (const one of await records(hits.slice(0, PHRASES))) {
      const all = texts(one);
      if (phrases.every((phrase) => all.some((text) => text.includes(phrase)))) found.push(one.hit);
    }
    return found;
  }

  Object.assign(S, { parse, find, records, index });
})();
