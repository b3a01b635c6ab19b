/** One field of a form; a name can occur more than once. */
export type FormField = readonly [name: string, value: string];
