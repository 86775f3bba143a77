// What may be shown only once leaves the page with its reader: a browser that keeps pages for "back" keeps none of it.
addEventListener("pagehide", () => {
  for (const shown of document.querySelectorAll("[data-once]")) shown.textContent = "Shown once, and no longer here"
})
