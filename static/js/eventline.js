// Looks like a WebSocket where those are blocked: an event stream in, POSTs out.

const ADDRESS = "/ws-fallback/";

export class EventLine {
  onmessage = null;
  onclose = null;
  #stream = new EventSource(ADDRESS);
  #name = "";
  #sent = Promise.resolve();

  constructor() {
    this.#stream.addEventListener("connection", ({ data }) => {
      this.#name = JSON.parse(data).connection;
    });
    this.#stream.addEventListener("close", ({ data }) => this.#end(JSON.parse(data).code));
    this.#stream.onmessage = (event) => this.onmessage?.(event);
    this.#stream.onerror = () => this.#end(1006); // we reconnect, not the browser
  }

  // One after the other: frames must arrive in order.
  send(body) {
    const address = `${ADDRESS}?connection=${this.#name}`;
    const post = () => fetch(address, { method: "POST", body });
    this.#sent = this.#sent.then(post).then(
      ({ ok }) => ok || this.#end(1006),
      () => this.#end(1006),
    );
  }

  close() {
    this.#stream.close();
  }

  #end(code) {
    this.close();
    this.onclose?.({ code });
  }
}
