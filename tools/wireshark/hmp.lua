-- SPDX-License-Identifier: Apache-2.0
-- HMP/1 for Wireshark and tshark (docs/protocol/hmp.md). Over TLS (ALPN hmp/1), over WebSocket (subprotocol hmp.1), and over
-- plain TCP where bytes look like it, for captures of decrypted traffic. Give Wireshark a key log to see into TLS.
--
--   tshark -X lua_script:tools/wireshark/hmp.lua -o tls.keylog_file:keys.log -r capture.pcap -Y hmp

local hmp = Proto("hmp", "Hikvision Monitoring Protocol, HMP/1")

local HEADER = 16
local MAX_PAYLOAD = 65536
local types = { [0] = "session", [1] = "video", [2] = "audio", [3] = "management", [4] = "event" }
-- The flags that each type allows: §3.
local allowed = { [0] = 0x00, [1] = 0x3a, [2] = 0x3a, [3] = 0x07, [4] = 0x07 }
local flag_names = {
  { 0x01, "RESPONSE" }, { 0x02, "MORE" }, { 0x04, "CANCEL" },
  { 0x08, "KEY" }, { 0x10, "END" }, { 0x20, "DAMAGED" },
}

local f = {
  magic = ProtoField.uint16("hmp.magic", "Magic", base.HEX),
  version = ProtoField.uint8("hmp.version", "Version"),
  type = ProtoField.uint8("hmp.type", "Type", base.DEC, types),
  flags = ProtoField.uint8("hmp.flags", "Flags", base.HEX),
  response = ProtoField.bool("hmp.flags.response", "RESPONSE", 8, nil, 0x01),
  more = ProtoField.bool("hmp.flags.more", "MORE", 8, nil, 0x02),
  cancel = ProtoField.bool("hmp.flags.cancel", "CANCEL", 8, nil, 0x04),
  key = ProtoField.bool("hmp.flags.key", "KEY", 8, nil, 0x08),
  last = ProtoField.bool("hmp.flags.end", "END", 8, nil, 0x10),
  damaged = ProtoField.bool("hmp.flags.damaged", "DAMAGED", 8, nil, 0x20),
  reserved = ProtoField.uint8("hmp.reserved", "Reserved"),
  stream = ProtoField.uint16("hmp.stream", "Stream"),
  sequence = ProtoField.uint32("hmp.sequence", "Sequence"),
  length = ProtoField.uint32("hmp.length", "Length of payload"),
  payload = ProtoField.bytes("hmp.payload", "Payload"),
  message = ProtoField.string("hmp.session.message", "Session message"),
  json = ProtoField.string("hmp.session.json", "JSON"),
  start_line = ProtoField.string("hmp.http.start_line", "Start line"),
  field = ProtoField.string("hmp.http.field", "Field"),
  content = ProtoField.bytes("hmp.http.content", "Content"),
  frame_length = ProtoField.uint16("hmp.rtp.length", "Length"),
  frame_kind = ProtoField.string("hmp.rtp.kind", "Kind"),
  payload_type = ProtoField.uint8("hmp.rtp.payload_type", "Payload type", base.DEC, nil, 0x7f),
  marker = ProtoField.bool("hmp.rtp.marker", "Marker", 8, nil, 0x80),
  rtp_sequence = ProtoField.uint16("hmp.rtp.sequence", "RTP sequence"),
  timestamp = ProtoField.uint32("hmp.rtp.timestamp", "RTP timestamp"),
  ssrc = ProtoField.uint32("hmp.rtp.ssrc", "SSRC", base.HEX),
}
local fields = {}
for _, field in pairs(f) do fields[#fields + 1] = field end
hmp.fields = fields

local e = {
  header = ProtoExpert.new("hmp.bad_header", "Header breaks a rule", expert.group.MALFORMED, expert.severity.ERROR),
  media = ProtoExpert.new("hmp.bad_media", "Media is not RFC 4571", expert.group.MALFORMED, expert.severity.WARN),
  goodbye = ProtoExpert.new("hmp.goodbye", "The session ends", expert.group.RESPONSE_CODE, expert.severity.NOTE),
}
hmp.experts = { e.header, e.media, e.goodbye }

-- The first rule of §3 that the header at `at` breaks: name of the goodbye, offset in the header. Nothing when it is good.
local function fault(tvb, at)
  if tvb(at, 2):uint() ~= 0x484d then return "magic", 0 end
  if tvb(at + 2, 1):uint() ~= 1 then return "version", 2 end
  local type = tvb(at + 3, 1):uint()
  if types[type] == nil then return "type", 3 end
  local flags = tvb(at + 4, 1):uint()
  local has = function(flag) return bit.band(flags, flag) ~= 0 end
  if bit.band(flags, bit.bnot(allowed[type])) ~= 0 then return "flags", 4 end
  if (has(0x04) and has(0x02)) or (has(0x10) and flags ~= 0x10) then return "flags", 4 end
  if tvb(at + 5, 1):uint() ~= 0 then return "reserved", 5 end
  local is_media = type == 1 or type == 2
  local stream = tvb(at + 6, 2):uint()
  if not is_media and stream ~= 0 then return "reserved", 6 end
  if is_media and stream == 0 then return "sequence", 6 end
  local sequence = tvb(at + 8, 4):uint()
  if not is_media and (sequence == 0) ~= (type == 0) then return "sequence", 8 end
  local length = tvb(at + 12, 4):uint()
  local must_be_empty = has(0x04) or has(0x10)
  local may_be_empty = must_be_empty or (type >= 3 and not has(0x02))
  if length > (type == 0 and 8192 or MAX_PAYLOAD) then return "length", 12 end
  if (must_be_empty and length > 0) or (not may_be_empty and length == 0) then return "length", 12 end
end

local function session(tvb, tree)
  local text = tvb:raw()
  local word = string.match(text, '"t"%s*:%s*"([^"]*)"') or "?"
  tree:add(f.message, tvb(), word)
  tree:add(f.json, tvb(), text)
  if word == "goodbye" then tree:add_tvb_expert_info(e.goodbye, tvb()) end
  return word
end

local function http(tvb, tree)
  local text = tvb:raw()
  local line_end = string.find(text, "\r\n", 1, true)
  if line_end == nil then
    tree:add(f.content, tvb())
    return "..."
  end
  local line = string.sub(text, 1, line_end - 1)
  if not (string.find(line, "^HTTP/1%.1 %d") or string.find(line, " HTTP/1%.1$")) then
    tree:add(f.content, tvb()) -- a later fragment, or a piece of a streamed body
    return "..."
  end
  tree:add(f.start_line, tvb(0, line_end - 1), line)
  local at = line_end + 2
  while at <= #text do
    local next_end = string.find(text, "\r\n", at, true)
    if next_end == nil then break end
    if next_end == at then
      at = at + 2
      break
    end
    tree:add(f.field, tvb(at - 1, next_end - at), string.sub(text, at, next_end - 1))
    at = next_end + 2
  end
  if at <= #text then tree:add(f.content, tvb(at - 1)) end
  return line
end

-- RFC 4571 frames of a unit that came in one packet: §9.2.
local function media(tvb, tree)
  local at, count = 0, 0
  while at + 2 <= tvb:len() do
    local length = tvb(at, 2):uint()
    if at + 2 + length > tvb:len() then
      tree:add_tvb_expert_info(e.media, tvb(at))
      return count
    end
    local frame = tree:add(hmp, tvb(at, 2 + length), "Packet of " .. length .. " bytes")
    frame:add(f.frame_length, tvb(at, 2))
    if length >= 12 then
      local second = tvb(at + 3, 1):uint()
      local is_rtcp = second >= 192 and second <= 223 -- RFC 5761 §4
      frame:add(f.frame_kind, tvb(at + 2, length), is_rtcp and "RTCP" or "RTP")
      if not is_rtcp then
        count = count + 1
        frame:add(f.marker, tvb(at + 3, 1))
        frame:add(f.payload_type, tvb(at + 3, 1))
        frame:add(f.rtp_sequence, tvb(at + 4, 2))
        frame:add(f.timestamp, tvb(at + 6, 4))
        frame:add(f.ssrc, tvb(at + 10, 4))
      end
    end
    at = at + 2 + length
  end
  if at ~= tvb:len() then tree:add_tvb_expert_info(e.media, tvb(at)) end
  return count
end

local function describe(type, flags, stream, sequence)
  local words = { types[type] }
  if stream ~= 0 then words[#words + 1] = "stream " .. stream end
  if type ~= 0 then words[#words + 1] = "#" .. sequence end
  for _, flag in ipairs(flag_names) do
    if bit.band(flags, flag[1]) ~= 0 then words[#words + 1] = flag[2] end
  end
  return table.concat(words, " ")
end

-- One packet that is here whole.
local function packet(tvb, pinfo, root)
  local type, flags = tvb(3, 1):uint(), tvb(4, 1):uint()
  local stream, sequence, length = tvb(6, 2):uint(), tvb(8, 4):uint(), tvb(12, 4):uint()
  local title = describe(type, flags, stream, sequence)
  local tree = root:add(hmp, tvb, "HMP " .. title)
  tree:add(f.magic, tvb(0, 2))
  tree:add(f.version, tvb(2, 1))
  tree:add(f.type, tvb(3, 1))
  local bits = tree:add(f.flags, tvb(4, 1))
  for _, field in ipairs({ f.response, f.more, f.cancel, f.key, f.last, f.damaged }) do bits:add(field, tvb(4, 1)) end
  tree:add(f.reserved, tvb(5, 1))
  tree:add(f.stream, tvb(6, 2))
  tree:add(f.sequence, tvb(8, 4))
  tree:add(f.length, tvb(12, 4))
  if length > 0 then
    local payload = tvb(HEADER, length)
    local inside = tree:add(f.payload, payload)
    if type == 0 then
      title = session(payload:tvb(), inside)
    elseif type >= 3 then
      title = title .. " " .. http(payload:tvb(), inside)
    elseif bit.band(flags, 0x02) == 0 and payload:len() >= 2 then
      title = title .. ", " .. media(payload:tvb(), inside) .. " RTP"
    end
  end
  pinfo.cols.info:append((tostring(pinfo.cols.info) == "" and "" or "; ") .. title)
end

function hmp.dissector(tvb, pinfo, root)
  pinfo.cols.protocol = "HMP"
  pinfo.cols.info = ""
  local at, total = 0, tvb:reported_length_remaining()
  while at < total do
    if total - at < HEADER then
      pinfo.desegment_offset = at
      pinfo.desegment_len = DESEGMENT_ONE_MORE_SEGMENT
      return total
    end
    local code, offset = fault(tvb, at)
    if code ~= nil then
      local tree = root:add(hmp, tvb(at), "HMP: a header breaks the rule of " .. code)
      tree:add_tvb_expert_info(e.header, tvb(at + offset), "goodbye " .. code .. ", offset " .. offset)
      pinfo.cols.info:append("bad header: " .. code)
      return total
    end
    local size = HEADER + tvb(at + 12, 4):uint()
    if total - at < size then
      pinfo.desegment_offset = at
      pinfo.desegment_len = size - (total - at)
      return total
    end
    packet(tvb(at, size):tvb(), pinfo, root)
    at = at + size
  end
  return total
end

local function looks_like_hmp(tvb, pinfo, root)
  if tvb:len() < HEADER or fault(tvb, 0) ~= nil then return false end
  pinfo.conversation = hmp
  hmp.dissector(tvb, pinfo, root)
  return true
end

DissectorTable.get("tcp.port"):add_for_decode_as(hmp)
hmp:register_heuristic("tcp", looks_like_hmp)
hmp:register_heuristic("tls", looks_like_hmp)
DissectorTable.get("tls.alpn"):add("hmp/1", hmp)
DissectorTable.get("ws.protocol"):add("hmp.1", hmp)
