// SPDX-License-Identifier: Apache-2.0
/** A button that is a link: opens in a new tab when asked to, as links do. */
import { Button, type ButtonProps } from '@mantine/core'
import { createLink, type LinkComponent } from '@tanstack/react-router'
import type { AnchorHTMLAttributes, Ref } from 'react'

interface Props extends ButtonProps, Omit<AnchorHTMLAttributes<HTMLAnchorElement>, keyof ButtonProps> {
  ref?: Ref<HTMLAnchorElement>
}

const Anchor = (props: Props) => <Button component="a" {...props} />

export const LinkButton: LinkComponent<typeof Anchor> = createLink(Anchor)
