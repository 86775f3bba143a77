// Follows the newest turn only while the reader is at the end; any scroll upwards lets go at once. A question that is taller than
// the window is shown from its beginning.

const NEAR = 48

class PinnedLog extends HTMLElement {
  connectedCallback() {
    this.jump = document.querySelector("[data-jump]")
    this.pinned = !location.hash || location.hash === "#now"
    this.addEventListener("scroll", () => this.onScroll(), { passive: true })
    this.jump?.addEventListener("click", () => this.toEnd("smooth"))
    // New turns and late fonts both change the height of the inner column.
    this.watcher = new ResizeObserver(() => this.pinned && this.follow())
    this.watcher.observe(this)
    this.watcher.observe(this.firstElementChild)
  }

  disconnectedCallback() {
    this.watcher.disconnect()
  }

  onScroll() {
    const isAtEnd = this.scrollHeight - this.scrollTop - this.clientHeight < NEAR
    // Our own move to the start of a tall question is not the reader letting go.
    this.pinned = isAtEnd || Math.abs(this.scrollTop - (this.placed ?? -1)) < 2
    if (this.jump) this.jump.hidden = isAtEnd || this.pinned
  }

  follow() {
    const now = this.querySelector("#now")
    const tall = now && now.offsetHeight > this.clientHeight - NEAR
    if (!tall) return this.toEnd()
    now.scrollIntoView({ block: "start" })
    this.placed = this.scrollTop
  }

  toEnd(behavior = "instant") {
    this.placed = undefined
    this.scrollTo({ top: this.scrollHeight, behavior })
  }
}

customElements.define("pinned-log", PinnedLog)
