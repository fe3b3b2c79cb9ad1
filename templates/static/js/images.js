/* Pictures of many steps: the strip becomes one picture with a slider.
     <figure data-rf="images" data-name="…">  around a .series-strip of links with data-step
   The address keeps the step as image=NAME:STEP, so a link shows what one saw. */
(function () {
  "use strict";

  const KEY = "image";
  const AHEAD = 2;

  function frameOf(link) {
    const picture = link.querySelector("img");
    return { step: link.dataset.step, src: link.getAttribute("href"), alt: picture.alt };
  }

  function wantedStep(name) {
    const [wanted, step] = rf.split(rf.state.read().get(KEY));
    return wanted === name ? step : undefined;
  }

  rf.part("images", (figure) => {
    const strip = figure.querySelector(".series-strip");
    const frames = Array.from(strip.querySelectorAll("a"), frameOf);
    const name = figure.dataset.name;
    const picture = rf.el("img", { decoding: "async", class: "series-picture" });
    const link = rf.el("a", null, picture);
    const output = rf.el("output", { class: "num" });
    const slider = rf.el("input", {
      type: "range",
      min: 0,
      max: frames.length - 1,
      step: 1,
      "aria-label": rf.t("Step of {name}", { name }),
    });
    const all = rf.el("button", { type: "button", class: "btn btn-quiet btn-small", "aria-pressed": "false" }, rf.t("All steps"));

    function show(at) {
      const frame = frames[at];
      slider.value = at;
      rf.picture(picture, frame.src);
      picture.alt = frame.alt;
      link.href = frame.src;
      output.textContent = rf.t("step {n}", { n: frame.step });
      slider.setAttribute("aria-valuetext", output.textContent);
      // The neighbours come early, so that the slider does not wait for the disk or the network.
      for (let near = at + 1; near <= Math.min(at + AHEAD, frames.length - 1); near++) rf.picture(new Image(), frames[near].src);
    }

    slider.addEventListener("input", () => {
      show(Number(slider.value));
      keep();
    });
    const keep = rf.debounce(200, () => {
      const state = rf.state.read();
      state.set(KEY, rf.join([name, frames[Number(slider.value)].step]));
      rf.state.write(state);
    });
    all.addEventListener("click", () => {
      strip.hidden = !strip.hidden;
      link.hidden = !strip.hidden;
      all.setAttribute("aria-pressed", String(!strip.hidden));
    });

    function fromAddress() {
      const at = frames.findIndex((frame) => frame.step === wantedStep(name));
      if (at >= 0) show(at);
      return at >= 0;
    }

    strip.hidden = true;
    strip.before(rf.el("div", { class: "series-tools line no-print" }, slider, output, all), link);
    if (!fromAddress()) show(frames.length - 1);
    rf.state.watch(fromAddress);
  });
})();
