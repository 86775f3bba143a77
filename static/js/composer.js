// The answer box: keeps the draft (device at each input, server two seconds later), sends with Enter and shows the answer at once,
// offers to try again in place, fills from suggested answers. The form posts by itself without this file.

class AnswerComposer extends HTMLElement {
  connectedCallback() {
    this.form = this.querySelector("form")
    this.box = this.querySelector("textarea")
    this.state = this.querySelector("[data-draft]")
    this.key = `draft:${this.getAttribute("interview")}`

    // The device is ahead of the server by up to two seconds.
    this.box.value = localStorage.getItem(this.key) ?? this.box.value
    this.box.addEventListener("input", () => this.keep())
    this.form.addEventListener("keydown", (event) => this.onKey(event))
    this.form.addEventListener("htmx:configRequest", (event) => this.sending(event))
    this.form.addEventListener("htmx:afterRequest", (event) => this.sent(event))
    this.onClick = (event) => this.onSuggestion(event)
    document.addEventListener("click", this.onClick)
  }

  disconnectedCallback() {
    document.removeEventListener("click", this.onClick)
  }

  // --- the draft

  keep() {
    localStorage.setItem(this.key, this.box.value)
    this.say(this.box.value ? "Draft kept on this device" : "")
    clearTimeout(this.timer)
    this.timer = setTimeout(() => this.save(), 2000)
  }

  async save() {
    const text = this.box.value
    const answer = await this.post(this.getAttribute("draft"), { text }).catch(() => null)
    if (!answer?.ok || this.box.value !== text) return
    const time = new Date().toLocaleTimeString([], { hour: "2-digit", minute: "2-digit" })
    this.say(text ? `Draft saved ${time}` : "")
  }

  // --- sending

  onKey(event) {
    if (event.key === "Escape") this.querySelector("[data-stop]")?.click()
    if (event.target !== this.box || event.key !== "Enter" || event.shiftKey || event.isComposing) return
    event.preventDefault()
    const button = this.querySelector("[data-live=send] button:not([data-stop]):not(:disabled)")
    if (button && this.box.value.trim()) this.form.requestSubmit(button)
  }

  sending(event) {
    if (event.target !== this.form) return
    const values = event.detail.parameters
    const text = (values.get?.("text") ?? values.text ?? "").trim()
    if (!text) return event.preventDefault()
    clearTimeout(this.timer)
    this.turn = this.show(text, crypto.randomUUID?.() ?? String(Math.random()).slice(2))
    values.set ? values.set("client_id", this.turn.dataset.client) : (values.client_id = this.turn.dataset.client)
    // The draft goes from the device only when the server has the answer.
    localStorage.setItem(this.key, text)
    this.box.value = ""
    this.say("Sending…")
    this.box.focus()
  }

  sent(event) {
    if (event.detail.elt !== this.form || !this.turn) return
    this.done(this.turn, event.detail.successful, event.detail.xhr)
  }

  done(turn, isTaken, answer) {
    this.say("")
    if (isTaken) {
      turn.remove()
      localStorage.removeItem(this.key)
      return
    }
    turn.classList.add("is-failed")
    turn.querySelector("[data-sending]").textContent = "not sent"
    const failed = turn.querySelector("[data-failed]")
    const sentence = answer?.getResponseHeader?.("X-Sentence") ?? answer?.headers?.get("X-Sentence")
    if (sentence) failed.firstElementChild.lastChild.textContent = ` ${decodeURIComponent(sentence)}`
    failed.hidden = false
  }

  show(text, client) {
    const turn = document.querySelector("template[data-turn]").content.firstElementChild.cloneNode(true)
    turn.dataset.client = client
    turn.querySelector("[data-text]").textContent = text
    turn.querySelector("[data-retry]").addEventListener("click", () => this.retry(turn, text))
    const list = document.querySelector("[data-live-list=turn]")
    list.insertBefore(turn, list.querySelector(":scope > [data-live=reply]"))
    turn.scrollIntoView({ block: "start" })
    return turn
  }

  async retry(turn, text) {
    turn.classList.remove("is-failed")
    turn.querySelector("[data-failed]").hidden = true
    turn.querySelector("[data-sending]").textContent = "sending"
    const question = this.form.elements.question?.value ?? ""
    const answer = await this.post(this.form.action, { text, question, client_id: turn.dataset.client }).catch(() => null)
    if (answer?.ok) this.hand(await answer.text())
    this.done(turn, answer?.ok, answer)
  }

  // --- suggested answers

  onSuggestion(event) {
    const option = event.target.closest("[data-answer]")
    if (!option) return
    event.preventDefault()
    for (const other of document.querySelectorAll("[data-answer]")) other.setAttribute("aria-pressed", String(other === option))
    this.box.value = option.dataset.answer
    this.keep()
    this.box.focus()
  }

  // --- private

  // live.js puts it into the page.
  hand(html) {
    document.dispatchEvent(new CustomEvent("live:html", { detail: html }))
  }

  post(url, values) {
    const body = new URLSearchParams({ ...values, csrfmiddlewaretoken: this.form.elements.csrfmiddlewaretoken.value })
    return fetch(url, { method: "POST", body, headers: { "HX-Request": "true" } })
  }

  say(text) {
    this.state.textContent = text
  }
}

customElements.define("answer-composer", AnswerComposer)
