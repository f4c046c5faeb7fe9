// Something that tells others, by name, what has happened.

export class Events extends EventTarget {
  on(type, act) {
    this.addEventListener(type, ({ detail }) => act(detail));
  }

  tell(type, detail) {
    this.dispatchEvent(new CustomEvent(type, { detail }));
  }
}
