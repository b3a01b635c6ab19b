export interface PlannerNote {
  readonly id: number;
  readonly userId: string;
  title: string;
}

/** What users write through the API: something small that can be counted, to see whether a call was carried out, and how often. */
export class PlannerNotes {
  readonly #notes = new Map<number, PlannerNote>();
  #lastId = 0;

  of(userId: string): readonly PlannerNote[] {
    return [...this.#notes.values()].filter((note) => note.userId === userId);
  }

  add(userId: string, title: string): PlannerNote {
    const note = { id: (this.#lastId += 1), userId, title };
    this.#notes.set(note.id, note);
    return note;
  }

  /** A note of this user; undefined for the notes of others. */
  find(userId: string, id: number): PlannerNote | undefined {
    const note = this.#notes.get(id);
    return note?.userId === userId ? note : undefined;
  }

  delete({ id }: PlannerNote): void {
    this.#notes.delete(id);
  }
}
