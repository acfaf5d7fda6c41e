// SPDX-License-Identifier: Apache-2.0
/** The keys of the wall, told by the page itself. */
import { Kbd, Modal, Table } from '@mantine/core'
import { useTranslation } from 'react-i18next'

const keys = [
  [['←', '→', '↑', '↓'], 'move'],
  [['Enter'], 'enlarge'],
  [['Esc'], 'leave'],
  [['1', '2', '3', '4'], 'layouts'],
  [['[', ']'], 'pages'],
  [['M'], 'sound'],
  [['S'], 'snapshot'],
  [['F'], 'fullScreen'],
  [['E'], 'events'],
  [['C'], 'cameras'],
  [['?'], 'help'],
] as const

export function Shortcuts({ isOpen, onClose }: { isOpen: boolean; onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Modal opened={isOpen} onClose={onClose} title={t('shortcuts.title')}>
      <Table withRowBorders={false} verticalSpacing={6}>
        <Table.Tbody>
          {keys.map(([names, what]) => (
            <Table.Tr key={what}>
              <Table.Th scope="row" fw={500}>
                {t(`shortcuts.${what}`)}
              </Table.Th>
              <Table.Td ta="end">
                {names.map((name) => (
                  <Kbd key={name} ml={4}>
                    {name}
                  </Kbd>
                ))}
              </Table.Td>
            </Table.Tr>
          ))}
        </Table.Tbody>
      </Table>
    </Modal>
  )
}
