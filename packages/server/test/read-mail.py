# SPDX-License-Identifier: Apache-2.0
"""Prints the messages of a maildir as one JSON document, as Python's own mail reader understands them."""
import base64
import email.policy
import json
import mailbox
import sys

mails = []
for message in mailbox.Maildir(f"{sys.argv[1]}/box", factory=None):
    mail = email.message_from_bytes(message.as_bytes(), policy=email.policy.default)
    files = [
        {
            "name": part.get_filename(),
            "type": part.get_content_type(),
            "content": base64.b64encode(part.get_content()).decode(),
        }
        for part in mail.iter_attachments()
    ]
    mails.append(
        {
            "id": mail["Message-ID"],
            "from": mail["From"],
            "to": mail["To"],
            "subject": mail["Subject"],
            "text": mail.get_body(("plain",)).get_content(),
            "files": files,
        }
    )
print(json.dumps(mails))
