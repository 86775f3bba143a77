// Sets the chosen theme before the first paint. Loaded in the head, not as a module, so that nothing flashes.
{
  const theme = localStorage.getItem("theme")
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme
}
