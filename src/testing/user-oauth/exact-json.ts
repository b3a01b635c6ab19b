import { stringify } from 'lossless-json';
import { type Answer, jsonAnswer } from '../http/http-exchange.js';

/** A JSON answer in which a bigint is a number with all of its digits. */
export function exactJsonAnswer(status: number, body: unknown, headers: Record<string, string> = {}): Answer {
  return { ...jsonAnswer(status, null, headers), body: stringify(body) ?? 'null' };
}
