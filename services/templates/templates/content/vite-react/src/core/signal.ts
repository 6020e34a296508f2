type Listener = () => void;

/** Something to subscribe to: a set of listeners and a value that is replaced, never changed. */
export class Signal<V> {
  private readonly listeners = new Set<Listener>();

  constructor(private value: V) {}

  readonly get = (): V => this.value;

  readonly set = (value: V): void => {
    if (value === this.value) return;
    this.value = value;
    this.listeners.forEach((listener) => listener());
  };

  readonly subscribe = (listener: Listener): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };
}
