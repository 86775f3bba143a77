// Three small behaviours, each attached by attribute.

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]")
  if (copy) {
    await navigator.clipboard.writeText(document.getElementById(copy.dataset.copy).textContent.trim())
    copy.querySelector("span").textContent = "Copied"
  }

  const theme = event.target.closest("[data-set-theme]")
  if (theme) {
    localStorage.setItem("theme", theme.dataset.setTheme)
    showTheme()
  }

  const edit = event.target.closest("[data-edit]")
  if (edit) document.getElementById(edit.dataset.edit)?.focus()
})

// A button that needs a word typed first: data-needs="id of the input", data-word="the word".
document.addEventListener("input", (event) => {
  for (const button of document.querySelectorAll(`[data-needs="${event.target.id}"]`)) button.disabled = event.target.value.trim() !== button.dataset.word
})

showTheme()

function showTheme() {
  const theme = localStorage.getItem("theme")
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme
  else delete document.documentElement.dataset.theme
}
