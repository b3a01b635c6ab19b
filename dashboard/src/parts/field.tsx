import { type ComponentChildren } from 'preact';
import { useId } from 'preact/hooks';

interface FieldProps {
  label: string;
  name: string;
  /** What belongs here, or where to find it. */
  hint?: ComponentChildren;
  /** What the REST API says about the value. */
  fault?: string | undefined;
}

function Described({ id, hint, fault }: { id: string } & Pick<FieldProps, 'hint' | 'fault'>) {
  return (
    <>
      {hint !== undefined && (
        <span class="fine" id={`${id}-hint`}>
          {hint}
        </span>
      )}
      {fault !== undefined && (
        <span class="bad-text" id={`${id}-fault`}>
          {fault}
        </span>
      )}
    </>
  );
}

const describedBy = (id: string): string => `${id}-hint ${id}-fault`;

export function TextField({
  label,
  name,
  hint,
  fault,
  value,
  onValue,
  type = 'text',
  required = true,
}: FieldProps & {
  value: string;
  onValue: (value: string) => void;
  /** `area`: of several lines. */
  type?: 'text' | 'url' | 'password' | 'search' | 'datetime-local' | 'area';
  required?: boolean;
}) {
  const id = useId();
  const control = {
    ...{ id, name, value, required },
    autocomplete: 'off',
    spellcheck: false,
    'aria-describedby': describedBy(id),
    'aria-invalid': fault !== undefined,
    onInput: ({ currentTarget }: { currentTarget: { value: string } }) => onValue(currentTarget.value),
  } as const;
  return (
    <div class="field">
      <label for={id}>{label}</label>
      {type === 'area' ? (
        <textarea rows={4} {...control} />
      ) : (
        <input {...control} {...({ type } as { type: 'text' })} />
      )}
      <Described {...{ id, hint, fault }} />
    </div>
  );
}

export function Choice<T extends string>({
  label,
  name,
  hint,
  fault,
  value,
  options,
  onValue,
}: FieldProps & { value: T; options: Readonly<Record<T, string>>; onValue: (value: T) => void }) {
  const id = useId();
  return (
    <div class="field">
      <label for={id}>{label}</label>
      <select
        id={id}
        name={name}
        value={value}
        aria-describedby={describedBy(id)}
        onChange={({ currentTarget }) => onValue(currentTarget.value as T)}
      >
        {Object.entries<string>(options).map(([one, text]) => (
          <option key={one} value={one}>
            {text}
          </option>
        ))}
      </select>
      <Described {...{ id, hint, fault }} />
    </div>
  );
}
