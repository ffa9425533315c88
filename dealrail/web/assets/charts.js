// Charts: loaded only by pages that show one. Fills every <div data-chart="id of a JSON script">.
import { BarChart, FunnelChart, LineChart } from "echarts/charts";
import { AriaComponent, GridComponent, LegendComponent, TooltipComponent } from "echarts/components";
import { init, use } from "echarts/core";
import { SVGRenderer } from "echarts/renderers";

use([AriaComponent, BarChart, FunnelChart, GridComponent, LegendComponent, LineChart, SVGRenderer, TooltipComponent]);

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();

function themed(option) {
  const text = { color: token("--dr-text-secondary"), fontFamily: token("--tblr-font-sans-serif") };
  return {
    animationDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 150,
    aria: { enabled: true },
    color: ["blue", "green", "amber", "purple", "red", "grey"].map((name) => token(`--dr-${name}`)),
    textStyle: text,
    tooltip: { trigger: "item", confine: true },
    ...option,
  };
}

// A click on a figure opens the records behind it, when the point carries their address.
const open = ({ data }) => data?.url && location.assign(data.url);

function draw(place) {
  const source = document.getElementById(place.dataset.chart);
  if (!source || place.dataset.drawn) return;
  place.dataset.drawn = "yes";
  const chart = init(place, null, { renderer: "svg" });
  chart.setOption(themed(JSON.parse(source.textContent)));
  chart.on("click", open);
  new ResizeObserver(() => chart.resize()).observe(place);
}

const drawAll = () => document.querySelectorAll("[data-chart]").forEach(draw);

drawAll();
document.addEventListener("htmx:after:swap", drawAll);
