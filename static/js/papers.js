// Documents: dropped anywhere on the page, chosen, or pasted as files. Each goes by itself, two at a time, with its progress and a way to
// cancel it; the server's list takes over once a file has arrived. Without this file the form sends all chosen files at once.

const MAX_BYTES = 25 * 1024 * 1024
const AT_ONCE = 2
const LOST = "It did not arrive. Try again."

class PaperUploads extends HTMLElement {
  connectedCallback() {
    this.fold = this.querySelector("details")
    this.form = this.querySelector("[data-drop]")
    this.file = this.form.elements.file
    this.list = this.querySelector("[data-uploads]")
    this.waiting = []
    this.running = 0

    this.querySelector("[data-attach]").hidden = true
    this.file.addEventListener("change", () => this.take(this.file.files))
    this.querySelector("[data-paste]").addEventListener("htmx:afterRequest", (event) => this.pasted(event))
    this.heard = { dragover: (event) => this.over(event), dragleave: (event) => this.left(event), drop: (event) => this.dropped(event), paste: (event) => this.pastedFiles(event) }
    this.heard["htmx:configRequest"] = (event) => this.answered(event)
    for (const [name, hear] of Object.entries(this.heard)) document.addEventListener(name, hear)
  }

  disconnectedCallback() {
    for (const [name, hear] of Object.entries(this.heard)) document.removeEventListener(name, hear)
  }

  // Who answers wants to see the next question, not the list that lies over it.
  answered(event) {
    if (event.target.closest("answer-composer") && !this.running && !this.waiting.length) this.fold.open = false
  }

  // --- where files come from

  over(event) {
    if (!event.dataTransfer?.types.includes("Files")) return
    event.preventDefault()
    this.fold.open = true
    this.classList.add("is-over")
  }

  left(event) {
    if (!event.relatedTarget) this.classList.remove("is-over")
  }

  dropped(event) {
    if (!event.dataTransfer?.types.includes("Files")) return
    event.preventDefault()
    this.classList.remove("is-over")
    this.take(event.dataTransfer.files)
  }

  pastedFiles(event) {
    if (!event.clipboardData?.files.length) return
    event.preventDefault()
    this.take(event.clipboardData.files)
  }

  pasted(event) {
    if (!event.detail.successful) return
    event.target.reset()
    event.target.closest("details").open = false
  }

  take(files) {
    this.fold.open = true
    for (const file of files) {
      const row = this.row(file)
      if (file.size > MAX_BYTES) this.end(row, `It has ${Math.ceil(file.size / 1024 / 1024)} MB; 25 MB fit. Attach the part that matters.`)
      else this.waiting.push({ file, row })
    }
    this.file.value = ""
    this.next()
  }

  // --- one after the other

  next() {
    while (this.running < AT_ONCE && this.waiting.length) {
      const { file, row } = this.waiting.shift()
      if (!row.isConnected) continue
      this.running += 1
      this.send(file, row)
    }
  }

  send(file, row) {
    const request = new XMLHttpRequest()
    const bar = row.querySelector("progress")
    row.request = request
    request.open("POST", this.getAttribute("address"))
    request.setRequestHeader("HX-Request", "true")
    request.upload.addEventListener("progress", (event) => {
      bar.value = (100 * event.loaded) / event.total
      this.say(row, `Sending, ${Math.round(bar.value)} per cent`)
    })
    // From here on the row of the server tells how far it is, and cancels.
    request.upload.addEventListener("load", () => (row.hidden = true))
    request.addEventListener("load", () => this.arrived(request, row))
    request.addEventListener("error", () => this.end(row, LOST))
    request.addEventListener("loadend", () => {
      this.running -= 1
      this.next()
    })
    const data = new FormData()
    data.set("csrfmiddlewaretoken", this.form.elements.csrfmiddlewaretoken.value)
    data.set("file", file)
    request.send(data)
  }

  arrived(request, row) {
    const sentence = request.getResponseHeader("X-Sentence")
    if (request.status >= 300) return this.end(row, sentence ? decodeURIComponent(sentence) : request.status === 413 ? request.responseText : LOST)
    this.remove(row)
    document.dispatchEvent(new CustomEvent("live:html", { detail: request.responseText }))
  }

  // --- rows of files on their way

  row(file) {
    const row = this.querySelector("template[data-upload]").content.firstElementChild.cloneNode(true)
    row.querySelector("[data-name]").textContent = file.name
    row.querySelector("progress").setAttribute("aria-label", `Sending ${file.name}`)
    const cancel = row.querySelector("[data-cancel]")
    cancel.setAttribute("aria-label", `Cancel ${file.name}`)
    cancel.addEventListener("click", () => {
      row.request?.abort()
      this.remove(row)
    })
    this.list.append(row)
    this.list.hidden = false
    return row
  }

  end(row, sentence) {
    row.hidden = false
    row.querySelector("progress").remove()
    row.querySelector("[data-cancel]").textContent = "Dismiss"
    row.querySelector("[data-cancel]").removeAttribute("aria-label")
    this.say(row, sentence)
  }

  remove(row) {
    row.remove()
    this.list.hidden = !this.list.children.length
  }

  say(row, sentence) {
    row.querySelector("[data-state]").textContent = sentence
  }
}

customElements.define("paper-uploads", PaperUploads)
