import { type Endpoint } from '../platform/endpoint.js';
import { type Fault } from '../faults/fault.schema.js';
import { type GradebookAccess } from './gradebook-access.js';
import { gradebookList, gradebookText } from './gradebook-list.js';
import { type Answer, type PlatformRequest } from '../http/http-exchange.js';
import { lineItemJson, sentLineItemJson } from './line-item-json.js';
import { type LineItemContent } from './line-item.schema.js';
import { keptContent, readLineItem } from './line-item-reading.js';
import { agsScopes, lineItemContainerMediaType, lineItemMediaType } from '../service-constants.js';
import { type SimulatedCourse } from '../platform/simulated-course.js';
import { type SimulatedLineItem } from './simulated-line-item.js';
import { GradebookRefused } from './gradebook.errors.js';

const readScopes = [agsScopes.lineItem, agsScopes.lineItemReadonly];

/** The line item service (AGS 2.0 3.2): the list of a course's line items, and each of them. */
export class LineItemsEndpoint implements Endpoint {
  readonly faultTarget = 'lineitems';
  readonly #access: GradebookAccess;

  constructor(access: GradebookAccess) {
    this.#access = access;
  }

  matches(path: string): boolean {
    return this.#access.path(path)?.service === 'lineitems';
  }

  countRequest(): void {
    this.#access.platform.counters.counts.lineItemRequests += 1;
  }

  courseOf(path: string): string | undefined {
    return this.#access.path(path)?.contextId;
  }

  answer(request: PlatformRequest, faults: readonly Fault[]): Answer {
    const isList = this.#access.path(request.url.pathname)?.itemId === undefined;
    return this.#access.answerOrRefuse(request, () =>
      isList ? this.#listed(request, faults) : this.#single(request),
    );
  }

  unauthorized(request: PlatformRequest): Answer {
    return this.#access.unauthorized(request);
  }

  #listed(request: PlatformRequest, faults: readonly Fault[]): Answer {
    this.#access.checkMethod(request, 'GET', 'POST');
    return request.method === 'GET' ? this.#list(request, faults) : this.#create(request);
  }

  #single(request: PlatformRequest): Answer {
    this.#access.checkMethod(request, 'GET', 'PUT', 'DELETE');
    switch (request.method) {
      case 'PUT':
        return this.#replace(request);
      case 'DELETE':
        return this.#delete(request);
      default:
        return this.#read(request);
    }
  }

  #list(request: PlatformRequest, faults: readonly Fault[]): Answer {
    const course = this.#access.course(request, readScopes);
    this.#access.checkAccept(request, lineItemContainerMediaType);
    const { quirks } = this.#access;
    return gradebookList(request, faults, {
      quirks,
      paging: quirks.lineItems.paging,
      contentType: lineItemContainerMediaType,
      entriesFor: (parameters) =>
        course.gradebook.lineItems
          .filter(({ ofAnotherTool }) => !ofAnotherTool || quirks.lineItems.hidesOthers !== true)
          .filter((item) => passes(item, parameters, quirks.lineItems.filters))
          .map((item) => lineItemJson(item, this.#access.address(item.url, request), quirks.lineItems)),
    });
  }

  #create(request: PlatformRequest): Answer {
    const course = this.#access.course(request, [agsScopes.lineItem]);
    const sent = this.#sent(request, course);
    const { lineItems } = this.#access.quirks;
    const item = course.gradebook.add(keptContent(sent, lineItems, lineItems.notSetByPost));
    return this.#lineItemAnswer(item, request, lineItems.createdStatus);
  }

  #read(request: PlatformRequest): Answer {
    const { item } = this.#access.lineItem(request, readScopes);
    this.#access.checkAccept(request, lineItemMediaType);
    const { jsonEscapes, lineItems } = this.#access.quirks;
    return {
      status: 200,
      headers: { 'content-type': `${lineItemMediaType}; charset=utf-8` },
      body: gradebookText(
        lineItemJson(item, this.#access.address(item.url, request), lineItems),
        jsonEscapes,
      ),
    };
  }

  #replace(request: PlatformRequest): Answer {
    const { course, item } = this.#access.lineItem(request, [agsScopes.lineItem]);
    const sent = this.#sent(request, course);
    const kept = keptContent(sent, this.#access.quirks.lineItems);
    item.content = this.#access.quirks.lineItems.put === 'merges' ? { ...item.content, ...kept } : kept;
    return this.#lineItemAnswer(item, request, 200);
  }

  #delete(request: PlatformRequest): Answer {
    const { course, item } = this.#access.lineItem(request, [agsScopes.lineItem]);
    const { refusals, lineItems } = this.#access.quirks;
    if (item.coupled && refusals.coupled_line_item !== undefined) {
      throw new GradebookRefused('coupled_line_item', { item: item.id });
    }
    course.gradebook.delete(item.id);
    return { status: lineItems.deletedStatus, headers: {}, body: '' };
  }

  #sent(request: PlatformRequest, course: SimulatedCourse): LineItemContent {
    this.#access.checkContentType(request, lineItemMediaType);
    const sent = readLineItem(request.body, this.#access.quirks.lineItems, request.method);
    const { resourceLinkId } = sent;
    if (resourceLinkId !== undefined && !course.resourceLinkIds.includes(resourceLinkId)) {
      throw new GradebookRefused('unknown_resource_link');
    }
    return sent;
  }

  #lineItemAnswer(item: SimulatedLineItem, request: PlatformRequest, status: 200 | 201): Answer {
    const { lineItems, jsonEscapes } = this.#access.quirks;
    const url = this.#access.address(item.url, request);
    return {
      status,
      headers: { 'content-type': `${lineItemMediaType}; charset=utf-8` },
      body:
        lineItems.answer === 'sent'
          ? sentLineItemJson(request.body, url)
          : gradebookText(lineItemJson(item, url, lineItems), jsonEscapes),
    };
  }
}

function passes(
  item: SimulatedLineItem,
  parameters: URLSearchParams,
  filters: Readonly<Record<string, keyof LineItemContent>>,
): boolean {
  return Object.entries(filters).every(([name, field]) => {
    const wanted = parameters.get(name);
    return wanted === null || item.content[field] === wanted;
  });
}
