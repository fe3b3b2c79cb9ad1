/* placeholder until the language is there */
(function () {
  "use strict";
  rf.filter = {
    test(model, text) {
      const words = text.toLowerCase().split(/\s+/).filter(Boolean);
      return (row) => words.every((word) => model.haystack(row).includes(word));
    },
    trouble: () => "",
  };
})();
