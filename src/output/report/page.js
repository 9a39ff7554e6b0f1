"use strict";
// Draws the charts of the page, one after the other, with Vega's interpreter instead of `eval`.
(async () => {
  const { config, specs } = JSON.parse(document.getElementById("charts").textContent);
  const options = { actions: false, ast: true, config, mode: "vega-lite", renderer: "svg" };
  for (const place of document.querySelectorAll("[data-chart]")) {
    try {
      await vegaEmbed(place, specs[place.dataset.chart], options);
    } catch (error) {
      place.textContent = "This chart cannot be drawn here; its numbers are below.";
      console.error(error);
    }
  }
  document.documentElement.dataset.drawn = "yes";
})();
