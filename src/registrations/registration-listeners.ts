import { Injectable } from '@nestjs/common';

/** How many stored URLs of a registration are at one origin. */
export interface UrlsAtOrigin {
  /** Scheme, host and port, such as `https://old.example.edu`. */
  origin: string;
  /** Courses that have such a URL, or whose line items or scores have one. */
  courses: number;
  /** Resource links whose line item is there. */
  resourceLinks: number;
  /** Stored line items of the courses. */
  lineItems: number;
  /** Scores in the outbox. */
  scores: number;
}

/** Called when a registration changes, for example to drop its tokens or to cancel its syncs. */
export interface RegistrationListener {
  registrationChanged?(registrationId: string): Promise<void>;
  registrationDeleted?(registrationId: string): Promise<void>;
  /** The platform has just given a token, and let it read what was tried. */
  registrationWorks?(registrationId: string): Promise<void>;
  /** A launch names a Platform Notification Service, or other types of notices. It is stored after this. */
  noticeServiceFound?(registrationId: string, deploymentId: string): Promise<void>;
  /** The stored URLs at these origins. */
  urlsAt?(registrationId: string, origins: readonly string[]): Promise<UrlsAtOrigin[]>;
}

/** Calls features that depend on this one, which therefore cannot import them. */
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

  async works(registrationId: string): Promise<void> {
    for (const listener of this.listeners) await listener.registrationWorks?.(registrationId);
  }

  async noticeServiceFound(registrationId: string, deploymentId: string): Promise<void> {
    for (const listener of this.listeners) await listener.noticeServiceFound?.(registrationId, deploymentId);
  }

  async urlsAt(registrationId: string, origins: readonly string[]): Promise<UrlsAtOrigin[]> {
    const found: UrlsAtOrigin[] = [];
    for (const listener of this.listeners) {
      found.push(...((await listener.urlsAt?.(registrationId, origins)) ?? []));
    }
    return found;
  }
}
