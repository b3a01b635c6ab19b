/** One field of a form; a name may come more than once. */
export type FormField = readonly [name: string, value: string];
