import { type ComponentChildren } from 'preact';
import { useState } from 'preact/hooks';
import { type ApiProblem, problemOf } from '../api.js';
import { useSession } from '../session.js';
import { Choice, TextField } from './field.js';
import { Problem } from './problem.js';

/** A field of a form. Its value is text; an empty one that is not required is sent as `values[name] === ''`. */
export interface FormField<Name extends string> {
  /** As the REST API names it, so that its faults are shown here. */
  name: Name;
  label: string;
  hint?: ComponentChildren;
  /** Default: `text`. */
  type?: 'text' | 'url' | 'password' | 'datetime-local' | 'area';
  /** A choice of these, by their texts. */
  options?: Readonly<Record<string, string>>;
  value?: string;
  /** Default: true. */
  required?: boolean;
}

/**
 * A form that changes something. The faults that the REST API finds are shown at their fields. A session that may only read does
 * not have it.
 */
export function Form<Name extends string>({
  fields,
  submit,
  run,
  done,
  isOpen = false,
  isCleared = false,
  children,
}: {
  fields: readonly FormField<Name>[];
  /** The text of its button. */
  submit: string;
  run: (values: Readonly<Record<Name, string>>) => Promise<unknown>;
  /** Shown when it worked. */
  done?: string;
  /** Whether a session that may only read has it, too. */
  isOpen?: boolean;
  /** Whether the fields are emptied when it worked. */
  isCleared?: boolean;
  /** Beside its button. */
  children?: ComponentChildren;
}) {
  const { canWrite } = useSession();
  const atFirst = Object.fromEntries(fields.map(({ name, value = '' }) => [name, value])) as Record<
    Name,
    string
  >;
  const [values, setValues] = useState(atFirst);
  const [isBusy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<ApiProblem | string>();
  if (!canWrite && !isOpen) return null;
  const faults = outcome instanceof Error ? outcome.fields : {};
  const faultOf = (name: string): string | undefined =>
    Object.entries(faults).find(([field]) => field === name || field.startsWith(`${name}.`))?.[1];
  const start = (event: Event): void => {
    event.preventDefault();
    setBusy(true);
    setOutcome(undefined);
    run(values)
      .then(() => {
        setOutcome(done);
        if (isCleared) setValues(atFirst);
      })
      .catch((error: unknown) => setOutcome(problemOf(error)))
      .finally(() => setBusy(false));
  };
  return (
    <form onSubmit={start}>
      {fields.map(({ value: _, options, type = 'text', ...field }) => {
        const common = {
          ...field,
          fault: faultOf(field.name),
          value: values[field.name],
          onValue: (text: string) => setValues((before) => ({ ...before, [field.name]: text })),
        };
        return options === undefined ? (
          <TextField key={field.name} {...common} type={type} />
        ) : (
          <Choice key={field.name} {...common} options={options} />
        );
      })}
      {outcome instanceof Error && fields.every(({ name }) => faultOf(name) === undefined) && (
        <Problem problem={outcome} />
      )}
      <div class="actions">
        <button type="submit" class="primary" disabled={isBusy}>
          {isBusy ? 'Working…' : submit}
        </button>
        {children}
        <span role="status">{typeof outcome === 'string' && outcome}</span>
      </div>
    </form>
  );
}
