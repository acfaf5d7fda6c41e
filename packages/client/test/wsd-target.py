# SPDX-License-Identifier: Apache-2.0
"""A WS-Discovery target service on loopback, after the OASIS text and with Python's own XML: it shares no code with what it answers."""
import socket
import struct
import sys
import uuid
import xml.etree.ElementTree as tree

S = "http://www.w3.org/2003/05/soap-envelope"
A = "http://schemas.xmlsoap.org/ws/2004/08/addressing"
D = "http://schemas.xmlsoap.org/ws/2005/04/discovery"
T = "http://www.onvif.org/ver10/network/wsdl"

sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
sock.bind(("239.255.255.250", 3702))
membership = struct.pack("4s4s", socket.inet_aton("239.255.255.250"), socket.inet_aton("127.0.0.1"))
sock.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, membership)
print("ready", flush=True)

data, sender = sock.recvfrom(65535)
# The prefixes of the types are those that the document declares.
spaces = dict(node for _, node in tree.iterparse(__import__("io").BytesIO(data), events=["start-ns"]))
root = tree.fromstring(data)
action = root.findtext(f"{{{S}}}Header/{{{A}}}Action")
message = root.findtext(f"{{{S}}}Header/{{{A}}}MessageID")
types = root.findtext(f"{{{S}}}Body/{{{D}}}Probe/{{{D}}}Types")
prefix, _, name = types.partition(":")
if action != f"{D}/Probe" or spaces.get(prefix) != T or not message:
    sys.exit("that is no probe: " + data.decode())
print(f"a Probe for {name}", flush=True)

answer = f"""<?xml version="1.0" encoding="UTF-8"?>
<SOAP-ENV:Envelope xmlns:SOAP-ENV="{S}" xmlns:wsa="{A}" xmlns:wsdd="{D}" xmlns:tdn="{T}">
 <SOAP-ENV:Header>
  <wsa:MessageID>urn:uuid:{uuid.uuid4()}</wsa:MessageID>
  <wsa:RelatesTo>{message}</wsa:RelatesTo>
  <wsa:To SOAP-ENV:mustUnderstand="true">{A}/role/anonymous</wsa:To>
  <wsa:Action SOAP-ENV:mustUnderstand="true">{D}/ProbeMatches</wsa:Action>
  <wsdd:AppSequence InstanceId="1" MessageNumber="7"/>
 </SOAP-ENV:Header>
 <SOAP-ENV:Body>
  <wsdd:ProbeMatches>
   <wsdd:ProbeMatch>
    <wsa:EndpointReference><wsa:Address>urn:uuid:5f5a69c2-e0ae-504f-829b-000c29000001</wsa:Address></wsa:EndpointReference>
    <wsdd:Types>tdn:NetworkVideoTransmitter</wsdd:Types>
    <wsdd:Scopes>onvif://www.onvif.org/type/video_encoder onvif://www.onvif.org/name/Loading%20bay
      onvif://www.onvif.org/hardware/X-500 onvif://www.onvif.org/MAC/00:0c:29:00:00:01</wsdd:Scopes>
    <wsdd:XAddrs>http://127.0.0.1:8899/onvif/device_service http://[fe80::1]/onvif/device_service</wsdd:XAddrs>
    <wsdd:MetadataVersion>10</wsdd:MetadataVersion>
   </wsdd:ProbeMatch>
  </wsdd:ProbeMatches>
 </SOAP-ENV:Body>
</SOAP-ENV:Envelope>"""
sock.sendto(answer.encode(), sender)
