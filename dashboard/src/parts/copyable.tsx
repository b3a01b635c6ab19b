import { useState } from 'preact/hooks';

/** A value to paste elsewhere, with a button that copies it. */
export function Copyable({ name, value }: { name: string; value: string }) {
  const [copied, setCopied] = useState(false);
  const copy = (): void => {
    void navigator.clipboard.writeText(value).then(() => setCopied(true));
  };
  return (
    <span class="copyable">
      <code>{value}</code>
      {/* Browsers have a clipboard on https pages only. */}
      {window.isSecureContext && (
        <button type="button" class="quiet" onClick={copy} aria-label={`Copy ${name}`}>
          {copied ? 'Copied' : 'Copy'}
        </button>
      )}
    </span>
  );
}
