// SPDX-License-Identifier: Apache-2.0
/**
 * What the server says by code, in the reader's language. English comes from the server itself; other languages are looked
 * up here by the code, and else stay the server's own words, which name place and cure.
 */

const chinese: Readonly<Record<string, string>> = {
  'address.forbidden': '不允许使用此地址。',
  'address.form': '地址格式不正确，请输入主机、主机:端口或 http(s)://主机:端口。',
  'batch.refused-before': '该设备刚才拒绝了此账户，为避免锁定不再尝试。',
  'certificate.form': '设备给出的不是证书请求。',
  'certificate.unseen': '设备没有使用新的证书。',
  'channel.unknown': '设备没有此通道。',
  'console.missing': '控制台尚未构建，请运行 npm start。',
  defect: '服务器内部出错，详情见服务器日志。',
  'demo.none': '此服务器没有模拟摄像机。',
  'device.changing': '正在更改此设备的连接方式，请稍后再试。',
  'device.activated': '该设备已有密码。',
  'device.dials': '主动接入的设备无法从这里探测。',
  'device.exists': '该设备已经添加。',
  'device.many': '设备数量已达上限。',
  'device.missing': '没有这个设备。',
  'device.offline': '设备不在线。',
  'device.password-weak':
    '设备不接受此密码：请使用 8 到 16 个字符，至少包含两类（大写、小写、数字、符号），且不含用户名 admin。',
  'device.plain': '仅有 RTSP 地址的设备没有设置。',
  'device.unknown': '没有这个设备。',
  'devices.unsaid': '请选择设备。',
  'discovery.busy': '已有搜索正在进行，请等待结束或先停止。',
  'discovery.interface': '无法通过多播询问，请检查服务器的网络。',
  'event.no-picture': '此事件没有图片。',
  'event.unknown': '没有这个事件。',
  'hmp.offline': '设备尚未接入。',
  'input.invalid': '输入内容不符合要求。',
  'labels.many': '一台设备的标签过多。',
  'link.closed': '设备断开了连接。',
  'link.failed': '连接失败。',
  'link.name': '无法解析主机名。',
  'link.refused': '设备拒绝连接，请确认设备已开机且端口正确。',
  'link.reset': '连接被设备中断。',
  'link.timeout': '设备没有及时应答，请检查地址和网络。',
  'link.unreachable': '网络不可达，请检查地址和网络。',
  'live.full': '实时连接数已达上限。',
  'login.blocked': '为避免账户被锁定，暂停尝试登录，请更正密码后再试。',
  'login.busy': '登录请求过多，请稍后再试。',
  'login.wait': '尝试次数过多，请稍后再试。',
  'login.wrong': '用户名或密码错误。',
  'media.none': '此地址没有可播放的内容。',
  'order.unsupported': '此设备不支持该操作。',
  'origin.foreign': '请求来自其他站点。',
  'password.kept': '设备仍使用旧密码，可以再次更换。',
  'password.policy': '设备不接受此密码。',
  'password.unclear': '尚不清楚设备是否接受了新密码，在确认之前两个密码都会保留。',
  'password.weak': '密码太容易被猜到：请使用 12 到 128 个字符，最好是几个互不相关的词。',
  'picture.unsupported': '此设备无法提供截图。',
  'range.foreign': '只能搜索私有地址或本服务器所在的网络。',
  'range.form': '请输入 192.168.1.0/24 或 192.168.1.10-50 这样的范围。',
  'range.large': '范围太大：一次最多搜索 1024 个地址。',
  'request.refused': '请求被拒绝。',
  'rtsp.ended': '摄像机结束了码流。',
  'rtsp.transport': '设备不支持此传输方式。',
  'rtsp.unauthorized': '设备拒绝了用户名或密码。',
  'rtsp.url': '不是有效的 rtsp:// 地址。',
  'session.closed': '与服务器的连接已断开。',
  'session.missing': '请先登录。',
  'setting.absent': '设备没有此设置。',
  'setting.read-only': '此设置只能读取。',
  'setting.unknown': '没有这个设置。',
  'setup.code': '代码与服务器打印的不一致。',
  'setup.code-over': '此代码已失效，请查看终端中的新代码。',
  'setup.done': '初始化已完成，请登录。',
  'store.busy': '数据库繁忙，请稍后再试。',
  'store.disk': '磁盘已满或出现故障。',
  'tls.failed': '与设备建立加密连接失败。',
  'tls.own-name': '这是本服务器自己的名称，不会为设备签发此证书。',
  'tls.pin': '设备的证书已更改，请确认后再连接。',
  'tls.request': '设备的证书请求无效。',
  'tls.untrusted': '设备的证书不受信任。',
}

/** A sentence begins with a capital, an address or a host's name stays as it is. */
const asSentence = (text: string): string =>
  /^[a-z][a-z'-]*(\s|$)/.test(text) ? text.charAt(0).toUpperCase() + text.slice(1) : text

/** `text` is the server's. */
export const problemText = (language: string, code: string, text: string): string =>
  (language === 'zh-CN' ? chinese[code] : undefined) ?? asSentence(text)
