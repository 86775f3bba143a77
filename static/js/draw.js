// Inside the sandboxed frame: draws the one diagram and tells the page around it how tall it is.

const source = document.getElementById("source")
const theme = document.documentElement.dataset.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light")

mermaid.initialize({ startOnLoad: false, securityLevel: "strict", theme: theme === "dark" ? "dark" : "neutral" })
mermaid.render("drawing", source.textContent).then(
  ({ svg }) => {
    source.parentElement.innerHTML = svg
    readable(document.querySelector("svg"))
    tell()
  },
  // The source stays on the page, which is what can be read of a diagram that cannot be drawn.
  () => tell(),
)
addEventListener("resize", tell)

// On a phone a wide diagram scrolls sideways within its frame instead of shrinking until nobody can read it.
function readable(svg) {
  svg.style.minWidth = `${Math.min(svg.viewBox.baseVal.width, 640)}px`
}

function tell() {
  parent.postMessage({ diagramHeight: document.documentElement.scrollHeight }, "*")
}
