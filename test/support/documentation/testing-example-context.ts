// What the examples in the doc comments of `nest-lti/testing` use without declaring it.
import { type INestApplication, type Type } from '@nestjs/common';
import { type KeySigner, type TokenStore } from 'nest-lti';
import {
  type ConnectedRegistration,
  type FamilyName,
  type LoginInitiation,
  type ShiftedClock,
  type SimulatedBrowser,
  type SimulatedCourse,
  type SimulatedPlatform,
  type TestDatabase,
} from 'nest-lti/testing';

export { Test } from '@nestjs/testing';
export { Clock } from 'nest-lti';

export declare const apiKey: string;
export declare const app: INestApplication;
export declare const AppModule: Type;
export declare const browser: SimulatedBrowser;
export declare const clock: ShiftedClock;
export declare const course: SimulatedCourse;
export declare const database: TestDatabase;
export declare const initiation: LoginInitiation;
export declare const kms: object;
export declare const KmsSigner: new (client: object) => KeySigner;
export declare const lms: SimulatedPlatform;
export declare const MyTokenStore: new () => TokenStore;
/** The page of a browser, as in Playwright or Puppeteer. */
export declare const page: { goto(url: string): Promise<unknown> };
export declare const registration: ConnectedRegistration;
export declare const url: string;
export declare function launchAt(family: FamilyName): Promise<void>;
