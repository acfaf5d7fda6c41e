// SPDX-License-Identifier: Apache-2.0
/** The limits of hmp.md §5, §6 and §9. Numbers that a peer may rely on; each has a test that reaches it. */

/** Longest payload of one packet. */
export const MAX_PACKET_PAYLOAD_BYTES = 65_536
/** Longest session message. */
export const MAX_SESSION_MESSAGE_BYTES = 8192
/** All packets before the login is done, headers included. */
export const MAX_BEFORE_WELCOME_BYTES = 8192
/** The login must be done by then. */
export const LOGIN_DEADLINE_MS = 5000
/** Longest request or answer that is not streamed. */
export const MAX_CONTROL_MESSAGE_BYTES = 1024 * 1024
/** Longest picture or stretch of sound. */
export const MAX_MEDIA_UNIT_BYTES = 4 * 1024 * 1024
/** Control messages of which a part has come, in one direction. */
export const MAX_PARTIAL_CONTROL_MESSAGES = 32
/** What a streamed body may send before the first `window`. */
export const INITIAL_CREDIT_BYTES = 256 * 1024
/** Requests without answer, in one direction. */
export const MAX_UNANSWERED_REQUESTS = 256
/** Of these, events. */
export const MAX_UNANSWERED_EVENTS = 64
/** Longest identity, software name, feature or session name, in bytes of UTF-8. */
export const MAX_NAME_BYTES = 128
/** Most features in `hello` and `welcome`. */
export const MAX_FEATURES = 32
/** A closed handle is not used again, and its late packets are forgiven, for so long. */
export const HANDLE_REST_MS = 60_000
/** The last number that a request may have. */
export const LAST_REQUEST_NUMBER = 0xffff_fffe
/** A ping is due after so long. */
export const PING_INTERVAL_MS = 10_000
/** Without a byte for so long, the other side is dead. */
export const DEAD_AFTER_MS = 30_000
/** Pings a second that are answered; more are ignored. */
export const MAX_PINGS_PER_SECOND = 10
/** An ack is due once so much is not acknowledged ... */
export const ACK_BYTES = 64 * 1024
/** ... or for so long. */
export const ACK_INTERVAL_MS = 100
/** What may always be in flight without acknowledgement. */
export const MIN_IN_FLIGHT_BYTES = 64 * 1024
/** More than that may be in flight, when the line delivers it in this time. */
export const IN_FLIGHT_MS = 500
/** Bytes of a nonce and of a proof. */
export const NONCE_BYTES = 32
