import { HOME } from '../paths.js';
import { Page } from '../parts/page.js';

export function NotFoundPage() {
  return (
    <Page title="There is no such page">
      <p>
        The dashboard has no page at this address. <a href={HOME}>The overview</a> leads to all of them.
      </p>
    </Page>
  );
}
