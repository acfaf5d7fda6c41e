// SPDX-License-Identifier: Apache-2.0
/** A message by SMTP (RFC 5321) with the pictures of its events. The Message-ID is the same at every attempt. */
import { isIP } from 'node:net'
import type { Way } from '@openhmp/contract'
import { type ReachOptions, reachedAddress } from '../fleet/reach.ts'
import type { Secret } from '../secret/secret.ts'
import { cameraOf, MAX_WRITTEN_OUT, type Message, type Sender, type Told } from './message.ts'
import { plainly } from './plain.ts'

type EmailWay = Extract<Way, { kind: 'email' }>

const ANSWER_MS = 10_000
/** Pictures of one message. */
const MAX_PICTURES = 5
/** RFC 5322 §2.1.1 asks for fewer; the rest of a long name says little. */
const MAX_SUBJECT = 150

interface MailParts {
  readonly password: Secret | undefined
  /** Once it is there, or known not to come. */
  pictureOf(event: string): Promise<Uint8Array | undefined>
  readonly reach: ReachOptions
}

/** A mail server. A name on this machine is allowed: what answers must speak SMTP first. */
export const mailSender = (way: EmailWay, { password, pictureOf, reach }: MailParts): Sender => ({
  send: async (message, signal) => {
    const { createTransport } = await import('nodemailer')
    const { host, port, security, userName, from, to, ca } = way
    const found = await reachedAddress(host, port, reach).catch((error: unknown) => {
      throw new Error(wordsFor(error, `${host}:${port}`), { cause: error })
    })
    const transport = createTransport({
      ...{ host: found, port, disableFileAccess: true, disableUrlAccess: true },
      ...{ secure: security === 'tls', requireTLS: security === 'starttls', ignoreTLS: security === 'none' },
      ...(userName === null ? {} : { auth: { user: userName, pass: password?.reveal() ?? '' } }),
      ...{ connectionTimeout: ANSWER_MS, greetingTimeout: ANSWER_MS, socketTimeout: ANSWER_MS },
      tls: { ...(isIP(host) === 0 ? { servername: host } : {}), ...(ca === null ? {} : { ca }) },
    })
    const stop = () => transport.close()
    signal.addEventListener('abort', stop, { once: true })
    try {
      await transport.sendMail({
        ...{ from, to, messageId: `<${message.id}@openhmp>`, subject: subjectOf(message), text: textOf(message) },
        headers: { 'Auto-Submitted': 'auto-generated' }, // RFC 3834 §5: nobody is away from this
        attachments: await attachmentsOf(message.told, pictureOf),
      })
    } catch (error) {
      throw new Error(wordsFor(error, `${host}:${port}`), { cause: error })
    } finally {
      signal.removeEventListener('abort', stop)
      transport.close()
    }
  },
  [Symbol.asyncDispose]: async () => {},
})

const wordsFor = (error: unknown, where: string): string => {
  const { code, response } = error as { code?: string; response?: string }
  const said = response === undefined ? '' : ` (${response.replaceAll(/\s+/g, ' ').slice(0, 150)})`
  if (code === 'EAUTH') return `${where} refuses the user name or the password${said}`
  if (code === 'ETLS' && response !== undefined) return `${where} offers no encryption (STARTTLS)${said}`
  if (code === 'EENVELOPE') return `${where} refuses the sender or a recipient${said}`
  return plainly(error, where)
}

const subjectOf = ({ rule, told }: Message): string => {
  const [first] = told
  const camera = first ? cameraOf(first.event) : 'test'
  return `${rule.name}: ${camera}${told.length > 1 ? ` (+${told.length - 1})` : ''}`.slice(0, MAX_SUBJECT)
}

const textOf = ({ told, rule }: Message): string => {
  if (told.length === 0) return `This is a test of “${rule.name}”. Messages arrive here.\n`
  const blocks = told
    .slice(0, MAX_WRITTEN_OUT)
    .map(({ moment, event }) =>
      [
        `${event.kind} ${moment} - ${cameraOf(event)}`,
        `${new Date(event.time).toString()}${event.isLate ? ' (told late)' : ''}`,
        ...(event.description === null ? [] : [event.description]),
        ...(event.detail?.licensePlate == null ? [] : [`Number plate: ${event.detail.licensePlate}`]),
      ].join('\n'),
    )
  const more = told.length > MAX_WRITTEN_OUT ? [`... and ${told.length - MAX_WRITTEN_OUT} more`] : []
  return `${[...blocks, ...more, `Rule: ${rule.name}`].join('\n\n')}\n`
}

const attachmentsOf = async (told: readonly Told[], pictureOf: MailParts['pictureOf']) => {
  const attachments: { filename: string; content: Buffer; contentType: string }[] = []
  for (const id of new Set(told.map(({ event }) => event.id))) {
    if (attachments.length === MAX_PICTURES) break
    const content = await pictureOf(id)
    if (!content) continue
    const filename = `picture-${attachments.length + 1}.jpg`
    attachments.push({ filename, content: Buffer.from(content), contentType: 'image/jpeg' })
  }
  return attachments
}
