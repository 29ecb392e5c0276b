/** A value of JSON that remembers what of it nobody has read. */
export interface Watched<T> {
  readonly value: T;
  /** The places that were not read, as `spec.replicas`; of those within each other the outermost. */
  unread(): string[];
}

/** Watches what is read of a value. A generated validator reads just the properties it knows. */
export function watched<T>(value: T): Watched<T> {
  const read = new Set<string>();
  const watch = (each: unknown, place: string): unknown =>
    typeof each !== 'object' || each === null
      ? each
      : new Proxy(each, {
          get: (target, key, receiver) => {
            const found: unknown = Reflect.get(target, key, receiver);
            if (typeof key !== 'string' || !Object.hasOwn(target, key)) return found;
            const where = place === '' ? key : `${place}.${key}`;
            read.add(where);
            return watch(found, where);
          },
        });
  const unreadIn = (each: unknown, place: string): string[] => {
    if (typeof each !== 'object' || each === null) return [];
    return Object.entries(each).flatMap(([key, inner]) => {
      const where = place === '' ? key : `${place}.${key}`;
      return read.has(where) ? unreadIn(inner, where) : [where];
    });
  };
  return { value: watch(value, '') as T, unread: () => unreadIn(value, '') };
}
