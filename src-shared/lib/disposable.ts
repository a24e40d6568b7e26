/** Something that holds a timer, socket, file or listener until it is disposed. Disposing twice is harmless. */
export interface Disposable {
  dispose(): void;
}

/** Collects disposables and releases them in reverse order of arrival. */
export class DisposableStack implements Disposable {
  #items: Disposable[] = [];
  #disposed = false;

  /** Takes ownership of `item`; after the stack was disposed it is released at once. */
  add<T extends Disposable>(item: T): T {
    if (this.#disposed) item.dispose();
    else this.#items.push(item);
    return item;
  }

  dispose(): void {
    this.#disposed = true;
    for (const item of this.#items.splice(0).reverse()) item.dispose();
  }
}
