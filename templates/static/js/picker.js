/* A field that finds a run by name and adds it: rf.picker({find(text) → [{id, name, note}], choose(id)}).
   Arrow keys walk over the suggestions, Enter takes one, Escape closes. */
(function () {
  "use strict";

  let count = 0;

  rf.picker = function ({ find, choose, label }) {
    const listId = "picker-" + ++count;
    const input = rf.el("input", {
      type: "text",
      class: "input",
      role: "combobox",
      placeholder: label,
      "aria-label": label,
      autocomplete: "off",
      spellcheck: "false",
      "aria-expanded": "false",
      "aria-controls": listId,
      "aria-autocomplete": "list",
    });
    const list = rf.el("ul", {
      class: "picker-list card",
      role: "listbox",
      id: listId,
      "aria-label": rf.t("Runs"),
      hidden: true,
    });
    const box = rf.el("div", { class: "picker" }, rf.icon("search"), input, list);
    let found = [];
    let at = -1;

    function close() {
      list.hidden = true;
      at = -1;
      input.setAttribute("aria-expanded", "false");
      input.removeAttribute("aria-activedescendant");
    }

    function take(index) {
      const run = found[index];
      if (!run) return;
      input.value = "";
      close();
      choose(run.id);
    }

    function mark(index) {
      at = index;
      Array.from(list.children).forEach((item, place) =>
        item.setAttribute("aria-selected", String(place === at)),
      );
      const item = list.children[at];
      if (!item) return;
      input.setAttribute("aria-activedescendant", item.id);
      item.scrollIntoView({ block: "nearest" });
    }

    function item(run, index) {
      const option = rf.el(
        "li",
        { role: "option", id: listId + "-" + index, "aria-selected": "false" },
        rf.el("span", { class: "trunc", title: run.name }, rf.bdi(run.name)),
        rf.el("span", { class: "muted trunc" }, rf.bdi(run.note)),
      );
      // pointerdown, since the field's blur closes the list before a click arrives
      option.addEventListener("pointerdown", (event) => {
        event.preventDefault();
        take(index);
      });
      return option;
    }

    function open() {
      found = find(input.value.trim());
      if (found.length) list.replaceChildren(...found.map(item));
      else
        list.replaceChildren(
          rf.el("li", { class: "muted", role: "option", "aria-disabled": "true" }, rf.t("No run has this name")),
        );
      list.hidden = false;
      input.setAttribute("aria-expanded", "true");
      mark(found.length && input.value.trim() ? 0 : -1);
    }

    input.addEventListener("input", open);
    input.addEventListener("focus", open);
    input.addEventListener("click", open);
    input.addEventListener("blur", close);
    input.addEventListener("keydown", (event) => {
      const last = found.length - 1;
      if (event.key === "ArrowDown") list.hidden ? open() : mark(Math.min(last, at + 1));
      else if (event.key === "ArrowUp") mark(Math.max(0, at - 1));
      else if (event.key === "Enter" && !list.hidden) take(at < 0 ? 0 : at);
      else if (event.key === "Escape" && !list.hidden) close();
      else return;
      event.preventDefault();
    });
    return box;
  };
})();
