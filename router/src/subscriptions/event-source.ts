/** What the router reads of an event: which, about what. Its data are not trusted; the entity is fetched. */
export interface GraphEvent {
  id: string;
  type: string;
  subject: string;
}

export interface EventListener {
  types: readonly string[];
  /** Synchronous and quick. */
  handle: (event: GraphEvent) => void;
  /** Events may have been missed; it goes on listening. */
  onInterrupted: (reason: string) => void;
}

export interface EventListening {
  /** True while nothing arrives. */
  isInterrupted(): boolean;
  close(): Promise<void>;
}

/** Tells every listener of every event, from when `listen` resolved. A `MessageBus` is one. */
export interface EventSource {
  listen(listener: EventListener): Promise<EventListening>;
}
