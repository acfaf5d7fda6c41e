// SPDX-License-Identifier: Apache-2.0
// reader: load of viewers. Opens M RTSP sessions (TCP interleaved) or M raw HTTP/WebSocket streams
// against a server on 127.0.0.1, and measures them.
// usage: reader -p PORT -u PATH -n M [-k K] [-b BASE] [-w WARM_S] [-d WINDOW_S] [-s STAGGER_MS] [-c h264|h265]
//               [-x 1 = raw: GET PATH over HTTP and count bytes; -W 1 = WebSocket upgrade] [-t TEXT sent after the
//               upgrade]
//               [-r 1 = reconnect sessions that end] [-o OFF: seconds to print progress (fault mode)]
// PATH may hold %d: session i uses BASE + i mod K.
// Prints one JSON line {"ev":"start"} as the window opens, {"ev":"end",...} with results as it closes.
#include "common.h"
typedef struct Cl {
  int fd, st, idx;
  uint8_t *b;
  int n;
  char url[256], ctl[300], sess[64];
  int cseq;
  uint64_t t0, tfirst, tkey, lastframe, maxgap, dead, keep;
  uint16_t seq;
  int haveseq, havefc;
  uint32_t fc;
  uint64_t sei;
  int key;
  int pt;
  uint64_t frames, restarts;
} Cl;
static Cl *cl;
static int M = 1, K = 0, base = 0, port = 8554, raw = 0, ws = 0, is265 = 0, rec = 0, ep;
static double warm = 3, win = 10, stag = 5;
static char *upath = "cam%d", *wtext = 0;
static uint64_t W0, W1, pkts, bytes, gaps, lost, flost, frames, nlat, clat, fails, maxgap_all;
static uint32_t *lat;
static int inwin;
static void addlat(uint64_t v) {
  if (nlat == clat) {
    clat = clat ? clat * 2 : 1 << 16;
    lat = realloc(lat, clat * 4);
  }
  lat[nlat++] = v > 0xffffffffu ? 0xffffffffu : v;
}
static int cmp(const void *a, const void *b) {
  uint32_t x = *(uint32_t *)a, y = *(uint32_t *)b;
  return x < y ? -1 : x > y;
}
static void fin(Cl *c) {
  if (c->fd >= 0) {
    close(c->fd);
    c->fd = -1;
  }
  c->dead = now_us();
}
static void say(Cl *c, const char *fmt, const char *a, const char *b) {
  char o[1200];
  int n = snprintf(o, sizeof o, fmt, a, ++c->cseq, b);
  if (send(c->fd, o, n, 0) != n)
    fin(c);
}
static void start(Cl *c, uint64_t now) {
  c->fd = dial(port);
  c->n = 0;
  c->st = 0;
  c->haveseq = 0;
  c->havefc = 0;
  c->key = 0;
  c->sei = 0;
  c->cseq = 0;
  c->sess[0] = 0;
  if (c->fd < 0) {
    c->dead = now;
    fails++;
    return;
  }
  int rb = 1 << 20;
  setsockopt(c->fd, SOL_SOCKET, SO_RCVBUF, &rb, sizeof rb);
  if (!c->t0)
    c->t0 = now;
  c->keep = now;
  struct epoll_event e = {.events = EPOLLIN | EPOLLOUT, .data.ptr = c};
  epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e);
}
static void framedone(Cl *c, uint64_t now) {
  c->frames++;
  if (c->lastframe) {
    uint64_t g = now - c->lastframe;
    if (g > c->maxgap && inwin)
      c->maxgap = g;
  }
  c->lastframe = now;
  if (!c->tfirst)
    c->tfirst = now;
  if (c->key && !c->tkey)
    c->tkey = now;
  if (inwin) {
    frames++;
    if (c->sei && now >= c->sei)
      addlat(now - c->sei);
  }
  c->sei = 0;
}
static void mark(Cl *c, const uint8_t *p) {
  c->sei = hexget(p + MARKLEN, 16);
  uint32_t f = hexget(p + MARKLEN + 16, 8);
  if (c->havefc && f != c->fc + 1 && f > c->fc && inwin)
    flost += f - c->fc - 1;
  c->fc = f;
  c->havefc = 1;
}
static void rtp(Cl *c, uint8_t *p, int n, uint64_t now) {
  if (n < 13)
    return;
  if (inwin) {
    pkts++;
    bytes += n;
  }
  uint16_t s = p[2] << 8 | p[3];
  if (c->haveseq) {
    uint16_t d = s - c->seq;
    if (d != 1 && inwin) {
      gaps++;
      if (d < 30000)
        lost += d - 1;
    }
  }
  c->seq = s;
  c->haveseq = 1;
  int h = 12 + (p[0] & 15) * 4;
  if (p[0] & 16 && h + 4 < n)
    h += 4 + 4 * (p[h + 2] << 8 | p[h + 3]);
  if (h + 3 >= n)
    return;
  uint8_t *q = p + h;
  int t, small;
  if (is265) {
    t = q[0] >> 1 & 63;
    if (t == 49)
      t = q[2] & 63;
    small = t >= 32;
    if (t >= 16 && t <= 21)
      c->key = 1;
  } else {
    t = q[0] & 31;
    if (t == 28)
      t = q[1] & 31;
    small = t == 6 || t == 24;
    if (t == 5)
      c->key = 1;
  }
  if (small) {
    int m = n - h;
    if (m > 1400)
      m = 1400;
    uint8_t *f = memmem(q, m, MARK, MARKLEN);
    if (f && f + MARKLEN + 24 <= p + n)
      mark(c, f);
    if (!is265 && t == 24) {
      uint8_t *z = q + 1;
      while (z + 3 < p + n) {
        int L = z[0] << 8 | z[1];
        if ((z[2] & 31) == 5)
          c->key = 1;
        z += 2 + L;
      }
    }
  }
  if (p[1] & 0x80) {
    framedone(c, now);
  }
}
static int rawdata(Cl *c, uint64_t now) { // scan for marks; keep the last bytes
  if (inwin)
    bytes += 0;
  uint8_t *p = c->b, *e = c->b + c->n, *f;
  while ((f = memmem(p, e - p, MARK, MARKLEN)) && f + MARKLEN + 24 <= e) {
    mark(c, f);
    c->key = 1;
    framedone(c, now);
    p = f + MARKLEN + 24;
  }
  int keep = e - p < MARKLEN + 24 ? e - p : f ? e - f : MARKLEN + 23;
  if (keep > e - p)
    keep = e - p;
  memmove(c->b, e - keep, keep);
  c->n = keep;
  return 0;
}
static void response(Cl *c, char *r, char *body) {
  int code = 0;
  sscanf(r, "RTSP/1.0 %d", &code);
  if (c->st >= 5)
    return;
  if (code != 200) {
    fails++;
    if (fails < 4)
      fprintf(stderr, "reader: %s -> %d at step %d\n", c->url, code, c->st);
    fin(c);
    return;
  }
  if (c->st == 1) {
    char b[300];
    snprintf(b, 300, "%s", hdr(r, "Content-Base"));
    if (!b[0])
      snprintf(b, 300, "%s/", c->url);
    char *v = strstr(body, "m=video");
    if (!v) {
      fails++;
      fin(c);
      return;
    }
    char *nm = strstr(v + 1, "\nm=");
    char *k = strstr(v, "a=control:");
    if (nm && k > nm)
      k = 0;
    char ct[300] = "";
    if (k) {
      k += 10;
      int i = 0;
      while (k[i] && k[i] != '\r' && k[i] != '\n' && i < 299) {
        ct[i] = k[i];
        i++;
      }
      ct[i] = 0;
    }
    if (!strncmp(ct, "rtsp://", 7))
      snprintf(c->ctl, 300, "%s", ct);
    else {
      int l = strlen(b);
      snprintf(c->ctl, 300, "%.200s%s%.90s", b, l && b[l - 1] == '/' ? "" : "/", ct);
    }
    c->st = 2;
    say(c, "SETUP %s RTSP/1.0\r\nCSeq: %d\r\n%sTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n", c->ctl, "");
  } else if (c->st == 2) {
    snprintf(c->sess, 64, "%s", hdr(r, "Session"));
    char *s = strchr(c->sess, ';');
    if (s)
      *s = 0;
    char x[100];
    snprintf(x, 100, "Session: %s\r\nRange: npt=0.000-\r\n", c->sess);
    c->st = 3;
    say(c, "PLAY %s RTSP/1.0\r\nCSeq: %d\r\n%s\r\n", c->url, x);
  } else if (c->st == 3)
    c->st = 5;
}
static void input(Cl *c, uint64_t now) {
  for (int it = 0; it < 8; it++) {
    ssize_t r = recv(c->fd, c->b + c->n, (256 << 10) - c->n - 1, 0);
    if (r <= 0) {
      if (r < 0 && errno == EAGAIN)
        return;
      c->restarts++;
      fin(c);
      return;
    }
    if (raw && inwin) {
      bytes += r;
      pkts++;
    }
    c->n += r;
    int o = 0;
    if (raw) {
      if (ws && wtext && c->st == 1) {
        c->st = 2;
        uint8_t f[200];
        int L = strlen(wtext), h = 2;
        f[0] = 0x81;
        f[1] = 0x80 | L;
        memset(f + h, 0, 4);
        h += 4;
        if (L < 126) {
          memcpy(f + h, wtext, L);
          if (send(c->fd, f, h + L, 0) < 0) {
            fin(c);
            return;
          }
        }
      }
      rawdata(c, now);
      continue;
    }
    while (c->n - o >= 4) {
      uint8_t *p = c->b + o;
      if (*p == '$') {
        int L = p[2] << 8 | p[3];
        if (c->n - o < 4 + L)
          break;
        if (p[1] == 0)
          rtp(c, p + 4, L, now);
        o += 4 + L;
      } else {
        c->b[c->n] = 0;
        char *z = memmem(p, c->n - o, "\r\n\r\n", 4);
        if (!z)
          break;
        z += 4;
        char sv = *z;
        *z = 0;
        char cs[16];
        snprintf(cs, 16, "%s", hdr((char *)p, "Content-Length"));
        int L = atoi(cs);
        *z = sv;
        if (z + L > (char *)c->b + c->n)
          break;
        char *body = strndup(z, L);
        char *head = strndup((char *)p, z - (char *)p);
        response(c, head, body);
        free(body);
        free(head);
        o = (uint8_t *)z + L - c->b;
        if (c->fd < 0)
          return;
      }
    }
    if (o) {
      memmove(c->b, c->b + o, c->n - o);
      c->n -= o;
    }
    if (r < 65536)
      return;
  }
}
static double pc(double q) { return nlat ? lat[(uint64_t)(q * (nlat - 1))] / 1000.0 : -1; }
int main(int ac, char **av) {
  int o;
  while ((o = getopt(ac, av, "p:u:n:k:b:w:d:s:c:x:W:t:r:")) > 0)
    switch (o) {
    case 'p':
      port = atoi(optarg);
      break;
    case 'u':
      upath = optarg;
      break;
    case 'n':
      M = atoi(optarg);
      break;
    case 'k':
      K = atoi(optarg);
      break;
    case 'b':
      base = atoi(optarg);
      break;
    case 'w':
      warm = atof(optarg);
      break;
    case 'd':
      win = atof(optarg);
      break;
    case 's':
      stag = atof(optarg);
      break;
    case 'c':
      is265 = !strcmp(optarg, "h265");
      break;
    case 'x':
      raw = atoi(optarg);
      break;
    case 'W':
      ws = raw = 1;
      break;
    case 't':
      wtext = optarg;
      break;
    case 'r':
      rec = atoi(optarg);
      break;
    }
  if (!K)
    K = M;
  more_files();
  ep = epoll_create1(0);
  cl = calloc(M, sizeof *cl);
  uint64_t t0 = now_us();
  int started = 0;
  for (int i = 0; i < M; i++) {
    Cl *c = &cl[i];
    c->fd = -1;
    c->idx = i;
    c->b = malloc(256 << 10);
    char p[200];
    snprintf(p, 200, upath, base + i % K);
    if (raw)
      snprintf(c->url, 256, "/%s", p);
    else
      snprintf(c->url, 256, "rtsp://127.0.0.1:%d/%s", port, p);
  }
  W0 = t0 + (uint64_t)(stag * 1000 * M) + (uint64_t)(warm * 1e6);
  W1 = W0 + (uint64_t)(win * 1e6);
  uint64_t nextchk = 0;
  struct epoll_event ev[512];
  for (;;) {
    uint64_t now = now_us();
    while (started < M && now >= t0 + (uint64_t)(stag * 1000 * started))
      start(&cl[started++], now);
    if (!inwin && now >= W0 && started == M) {
      inwin = 1;
      W0 = now;
      W1 = W0 + (uint64_t)(win * 1e6);
      for (int i = 0; i < M; i++)
        cl[i].maxgap = 0;
      printf("{\"ev\":\"start\"}\n");
      fflush(stdout);
    }
    if (inwin && now >= W1)
      break;
    if (now > nextchk) {
      nextchk = now + 50000;
      for (int i = 0; i < started; i++) {
        Cl *c = &cl[i];
        if (c->fd < 0 && rec && now - c->dead > 200000)
          start(c, now);
        else if (c->fd >= 0 && !raw && c->st == 5 && now - c->keep > 20000000) {
          c->keep = now;
          char x[100];
          snprintf(x, 100, "Session: %s\r\n", c->sess);
          say(c, "OPTIONS %s RTSP/1.0\r\nCSeq: %d\r\n%s\r\n", c->url, x);
        }
      }
    }
    int n = epoll_wait(ep, ev, 512, started < M ? 1 : 20);
    now = now_us();
    for (int i = 0; i < n; i++) {
      Cl *c = ev[i].data.ptr;
      if (c->fd < 0)
        continue;
      if (c->st == 0 && ev[i].events & EPOLLOUT) {
        struct epoll_event e = {.events = EPOLLIN, .data.ptr = c};
        epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
        c->st = 1;
        if (raw) {
          char q[600];
          int k =
              ws ? snprintf(
                       q, 600,
                       "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: "
                       "Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n",
                       c->url)
                 : snprintf(q, 600, "GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n", c->url);
          if (send(c->fd, q, k, 0) != k)
            fin(c);
        } else
          say(c, "DESCRIBE %s RTSP/1.0\r\nCSeq: %d\r\n%sAccept: application/sdp\r\n\r\n", c->url, "");
      }
      if (c->fd >= 0 && ev[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR))
        input(c, now);
    }
  }
  double el = (now_us() - W0) / 1e6;
  qsort(lat, nlat, 4, cmp);
  int live = 0;
  uint64_t *tf = calloc(M, 8);
  int nt = 0;
  uint64_t rst = 0;
  for (int i = 0; i < M; i++) {
    Cl *c = &cl[i];
    if (c->fd >= 0 && c->lastframe && now_us() - c->lastframe < 2000000)
      live++;
    if (c->tkey)
      tf[nt++] = c->tkey - c->t0;
    if (c->maxgap > maxgap_all)
      maxgap_all = c->maxgap;
    rst += c->restarts;
  }
  for (int i = 1; i < nt; i++) {
    uint64_t v = tf[i];
    int j = i;
    while (j && tf[j - 1] > v) {
      tf[j] = tf[j - 1];
      j--;
    }
    tf[j] = v;
  }
  struct rusage ru;
  getrusage(RUSAGE_SELF, &ru);
  printf("{\"ev\":\"end\",\"secs\":%.3f,\"sessions\":%d,\"live\":%d,\"packets\":%lu,\"bytes\":%lu,\"mbps\":%.2f,"
         "\"frames\":%lu,\"seqGaps\":%lu,\"seqLost\":%lu,\"framesLost\":%lu,\"fails\":%lu,\"restarts\":%lu,\"ttffMs\":{"
         "\"p50\":%.1f,\"max\":%.1f,\"n\":%d},\"latMs\":{\"p50\":%.2f,\"p95\":%.2f,\"p99\":%.2f,\"max\":%.2f,\"n\":%lu}"
         ",\"maxFrameGapMs\":%.1f,\"readerCpu\":%.3f}\n",
         el, M, live, pkts, bytes, bytes * 8 / el / 1e6, frames, gaps, lost, flost, fails, rst,
         nt ? tf[nt / 2] / 1000.0 : -1, nt ? tf[nt - 1] / 1000.0 : -1, nt, pc(.5), pc(.95), pc(.99), pc(1), nlat,
         maxgap_all / 1000.0,
         ru.ru_utime.tv_sec + ru.ru_utime.tv_usec / 1e6 + ru.ru_stime.tv_sec + ru.ru_stime.tv_usec / 1e6);
  return 0;
}
