// SPDX-License-Identifier: Apache-2.0
/** RTSP status codes and their words, RFC 2326 §7.1.1. */

/** Code to reason phrase. */
export const RtspStatus: Readonly<Record<number, string>> = {
  100: 'Continue',
  200: 'OK',
  300: 'Multiple Choices',
  301: 'Moved Permanently',
  302: 'Moved Temporarily',
  400: 'Bad Request',
  401: 'Unauthorized',
  403: 'Forbidden',
  404: 'Not Found',
  405: 'Method Not Allowed',
  406: 'Not Acceptable',
  408: 'Request Timeout',
  413: 'Request Entity Too Large',
  414: 'Request-URI Too Long',
  451: 'Parameter Not Understood',
  453: 'Not Enough Bandwidth',
  454: 'Session Not Found',
  455: 'Method Not Valid in This State',
  457: 'Invalid Range',
  459: 'Aggregate Operation Not Allowed',
  460: 'Only Aggregate Operation Allowed',
  461: 'Unsupported Transport',
  500: 'Internal Server Error',
  501: 'Not Implemented',
  503: 'Service Unavailable',
  505: 'RTSP Version Not Supported',
  551: 'Option Not Supported',
}

/** The reason phrase of a code; `Unknown` for one that RFC 2326 does not name. */
export const reasonOf = (status: number): string => RtspStatus[status] ?? 'Unknown'
