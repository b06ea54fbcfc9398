// Reads out the point of a chart that is pointed at or come to by the arrow keys. Nothing needs it:
// the table beside the chart says the same.
const STEPS = { ArrowLeft: -1, ArrowRight: 1, Home: -Infinity, End: Infinity };

for (const chart of document.querySelectorAll(".bhcp-chart[data-read]")) {
  const lines = chart.dataset.read.split("\n");
  const picture = chart.querySelector("svg");
  const plot = picture.querySelector("g");
  const said = document.createElement("p");
  const cursor = document.createElementNS(picture.namespaceURI, "line");
  let at = lines.length - 1;

  said.className = "bhcp-chart__read";
  said.textContent = lines[at];
  said.setAttribute("role", "status");
  picture.after(said);
  cursor.setAttribute("class", "bhcp-chart__cursor");
  cursor.setAttribute("y2", picture.querySelector("svg").getAttribute("height"));
  picture.tabIndex = 0;

  const show = (index) => {
    at = Math.max(0, Math.min(lines.length - 1, index));
    said.textContent = lines[at];
    for (const end of ["x1", "x2"]) cursor.setAttribute(end, `${((at + 0.5) / lines.length) * 100}%`);
    plot.insertBefore(cursor, plot.firstChild);
  };
  const point = (event) => {
    const { left, width } = picture.getBoundingClientRect();
    show(Math.floor(((event.clientX - left) / width) * lines.length));
  };
  picture.addEventListener("pointermove", point);
  picture.addEventListener("pointerdown", point);
  picture.addEventListener("focus", () => show(at));
  picture.addEventListener("blur", () => cursor.remove());
  picture.addEventListener("pointerleave", () => cursor.remove());
  picture.addEventListener("keydown", (event) => {
    const step = STEPS[event.key];
    if (!step || event.altKey || event.ctrlKey || event.metaKey) return;
    event.preventDefault();
    show(at + step);
  });
}
