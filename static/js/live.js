// Keeps a page in step with the server. Whatever arrives, as an answer to a form or by the event stream, is HTML whose parts are
// named by data-live; each part replaces its namesakes on the page. A part that is new goes to the end (or, with data-live-first,
// to the start) of the list that data-live-list names. Without this file the page still works: forms post, and it reloads.

const KINDS = ["turn", "coverage", "status", "noted", "token", "step", "meter", "news", "over"]
const QUIET_MS = 5000

class LiveStream extends HTMLElement {
  connectedCallback() {
    this.source = new EventSource(`${this.getAttribute("src")}?after=${this.getAttribute("after")}`)
    for (const kind of KINDS) this.source.addEventListener(kind, (event) => this.take(kind, event))
    this.source.addEventListener("open", () => this.say(false))
    this.source.addEventListener("error", () => this.lost())
  }

  disconnectedCallback() {
    this.source.close()
  }

  take(kind, event) {
    this.say(false)
    apply(event.data)
    if (kind === "over") this.source.close()
  }

  lost() {
    this.timer ??= setTimeout(() => this.say(true), QUIET_MS)
  }

  say(isLost) {
    clearTimeout(this.timer)
    this.timer = isLost ? this.timer : undefined
    for (const note of document.querySelectorAll("[data-lost]")) note.hidden = !isLost
  }
}

customElements.define("live-stream", LiveStream)

document.addEventListener("live:html", (event) => apply(event.detail))

// Answers to forms: named parts replace their namesakes, everything else is left to htmx.
document.addEventListener("htmx:beforeSwap", (event) => {
  const html = event.detail.serverResponse
  if (!html.includes("data-live=")) return
  if (event.detail.xhr.status < 300 && event.detail.requestConfig.verb === "post") {
    event.detail.shouldSwap = false
    apply(html)
  }
})

document.addEventListener("htmx:responseError", (event) => tell(event.detail.xhr.getResponseHeader("X-Sentence") ? decodeURIComponent(event.detail.xhr.getResponseHeader("X-Sentence")) : "The server did not take this. Nothing was changed. Try again.", event))
document.addEventListener("htmx:sendError", (event) => tell("The server did not answer. Nothing was changed. Try again.", event))

document.addEventListener("click", (event) => {
  const clear = event.target.closest("[data-clear]")
  if (!clear) return
  event.preventDefault()
  document.getElementById(clear.dataset.clear)?.replaceChildren()
})

function apply(html) {
  const template = document.createElement("template")
  template.innerHTML = html
  for (const part of [...template.content.querySelectorAll("[data-live]")]) {
    if (!part.parentElement?.closest("[data-live]")) place(part)
  }
}

function place(part) {
  const name = part.dataset.live
  const old = [...document.querySelectorAll(`[data-live="${CSS.escape(name)}"]`)]
  if (!old.length) return add(part, name)
  for (const element of old) {
    // Nobody's typing is torn away.
    if (element.contains(document.activeElement) && document.activeElement.matches("input, textarea")) continue
    const fresh = document.importNode(part, true)
    // What a person has just opened stays open, and an answer on its way to it still finds it.
    for (const kept of element.querySelectorAll("[data-keep]")) fresh.querySelector(`#${CSS.escape(kept.id)}`)?.replaceWith(kept)
    for (const opened of element.querySelectorAll("details[open][id]")) fresh.querySelector(`#${CSS.escape(opened.id)}`)?.setAttribute("open", "")
    element.replaceWith(fresh)
    window.htmx?.process(fresh)
  }
}

function add(part, name) {
  const list = document.querySelector(`[data-live-list="${name.split("-")[0]}"]`)
  if (!list) return
  const fresh = document.importNode(part, true)
  if (list.hasAttribute("data-live-first")) list.prepend(fresh)
  else list.insertBefore(fresh, list.querySelector(":scope > [data-live=reply]"))
  window.htmx?.process(fresh)
}

function tell(sentence, event) {
  if (event.target.closest?.("answer-composer")) return
  const toast = document.createElement("p")
  toast.className = "toast"
  toast.setAttribute("role", "alert")
  toast.textContent = sentence
  document.body.append(toast)
  setTimeout(() => toast.remove(), 8000)
}
