// SPDX-License-Identifier: Apache-2.0
/** Reason phrases (RFC 9110 §15), for people who read captures. */
const reasons: Readonly<Record<number, string>> = {
  200: 'OK',
  201: 'Created',
  202: 'Accepted',
  204: 'No Content',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  408: 'Request Timeout',
  409: 'Conflict',
  413: 'Content Too Large',
  415: 'Unsupported Media Type',
  422: 'Unprocessable Content',
  429: 'Too Many Requests',
  499: 'Cancelled', // not of RFC 9110: what nginx made usual for "the asker went away"
  500: 'Internal Server Error',
  501: 'Not Implemented',
  502: 'Bad Gateway',
  503: 'Service Unavailable',
  504: 'Gateway Timeout',
}

/** The usual phrase of a status, empty for one that is not in the table. */
export const reasonOf = (status: number): string => reasons[status] ?? ''
