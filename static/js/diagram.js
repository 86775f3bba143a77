// Gives each diagram frame the chosen theme before it loads, and the height it asks for.

const theme = document.documentElement.dataset.theme

for (const frame of document.querySelectorAll(".diagram iframe")) {
  if (theme) frame.src = `${frame.getAttribute("src")}&theme=${theme}`
}

addEventListener("message", (event) => {
  const frame = [...document.querySelectorAll(".diagram iframe")].find((frame) => frame.contentWindow === event.source)
  const height = Number(event.data?.diagramHeight)
  if (frame && height > 0) frame.height = Math.min(height + 2, 2000)
})
