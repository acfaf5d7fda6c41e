// SPDX-License-Identifier: Apache-2.0
/** What tests use of `oidc-provider`, which brings no types. */
declare module 'oidc-provider' {
  import type { IncomingMessage, ServerResponse } from 'node:http'

  interface Grant {
    addOIDCScope(scope: string): void
    save(): Promise<unknown>
  }
  interface Context {
    readonly oidc: {
      readonly client: { readonly clientId: string }
      readonly session: { readonly accountId: string }
      readonly provider: { readonly Grant: new (of: { clientId: string; accountId: string }) => Grant }
    }
  }
  interface Settings {
    readonly interactions: { url(context: Context, interaction: { readonly uid: string }): string }
    findAccount(context: Context, id: string): { readonly accountId: string; claims(): object }
    loadExistingGrant(context: Context): Promise<Grant>
    readonly [more: string]: unknown
  }
  // biome-ignore lint/style/noDefaultExport: it is what the package has
  export default class Provider {
    constructor(issuer: string, settings: Settings)
    callback(): (request: IncomingMessage, response: ServerResponse) => void
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: object,
      options: { readonly mergeWithLastSubmission: boolean },
    ): Promise<void>
  }
}
