import { Injectable } from '@nestjs/common';

/** How many stored URLs of a registration are at one origin. */
export interface UrlsAtOrigin {
  origin: string;
  /** Courses that have such a URL, or whose line items or scores have one. */
  courses: number;
  resourceLinks: number;
  lineItems: number;
  scores: number;
}

/** What others do when a registration changes: forget its tokens, cancel its syncs. */
export interface RegistrationListener {
  registrationChanged?(registrationId: string): Promise<void>;
  registrationDeleted?(registrationId: string): Promise<void>;
  /** The stored URLs at these origins; none of an origin where there are none. */
  urlsAt?(registrationId: string, origins: readonly string[]): Promise<UrlsAtOrigin[]>;
}

/** Lets the features above hear of changes without this one knowing them. */
@Injectable()
export class RegistrationListeners {
  private readonly listeners: RegistrationListener[] = [];

  add(listener: RegistrationListener): void {
    this.listeners.push(listener);
  }

  async changed(registrationId: string): Promise<void> {
    for (const listener of this.listeners) await listener.registrationChanged?.(registrationId);
  }

  async deleted(registrationId: string): Promise<void> {
    for (const listener of this.listeners) await listener.registrationDeleted?.(registrationId);
  }

  async urlsAt(registrationId: string, origins: readonly string[]): Promise<UrlsAtOrigin[]> {
    const found: UrlsAtOrigin[] = [];
    for (const listener of this.listeners) {
      found.push(...((await listener.urlsAt?.(registrationId, origins)) ?? []));
    }
    return found;
  }
}
