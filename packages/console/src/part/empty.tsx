// SPDX-License-Identifier: Apache-2.0
/** A page or list with nothing in it yet: says what will be here, and how it gets here. */
import { Stack, Text, ThemeIcon } from '@mantine/core'
import type { ReactNode } from 'react'

export function Empty(props: { icon: ReactNode; title: string; text?: string; children?: ReactNode }) {
  return (
    <Stack align="center" gap="xs" py={48} px="md" ta="center">
      <ThemeIcon size={56} radius="xl" variant="light" color="gray" aria-hidden="true">
        {props.icon}
      </ThemeIcon>
      <Text fw={600} mt="xs">
        {props.title}
      </Text>
      {props.text && (
        <Text size="sm" c="dimmed" maw={420}>
          {props.text}
        </Text>
      )}
      {props.children}
    </Stack>
  )
}
