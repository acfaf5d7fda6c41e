// SPDX-License-Identifier: Apache-2.0
/**
 * What commands print. With `--json`: one document, or one value a line for what goes on. Else for people: tables,
 * colours and progress bars, when the output is a terminal. Results go to standard output, the rest to standard error.
 */
import { styleText } from 'node:util'

type Style = Parameters<typeof styleText>[0]

export class Output {
  readonly isJson: boolean
  /** Standard output is a terminal, so colours and bars make sense. */
  readonly isTerminal: boolean

  constructor(options: { isJson: boolean }) {
    this.isJson = options.isJson
    this.isTerminal = process.stdout.isTTY === true && !options.isJson
  }

  /** The result of a command that ends: a JSON document, or text for people. */
  document(value: unknown, people: () => string): void {
    process.stdout.write(`${this.isJson ? JSON.stringify(value, undefined, 2) : people()}\n`)
  }

  /** One value of those that keep coming: a JSON line, or a line for people. */
  line(value: unknown, people: () => string): void {
    process.stdout.write(`${this.isJson ? JSON.stringify(value) : people()}\n`)
  }

  /** A remark beside the result. Never in the way of a script: it goes to standard error. */
  note(text: string): void {
    if (!this.isJson) process.stderr.write(`${text}\n`)
  }

  /** The same, but for the result: it says nothing. */
  silent(): Output {
    const quiet = new Output({ isJson: this.isJson })
    quiet.document = () => {}
    return quiet
  }

  /** Coloured when a person reads it. NO_COLOR is obeyed by Node. */
  paint(style: Style, text: string): string {
    return this.isTerminal ? styleText(style, text, { stream: process.stdout }) : text
  }
}
