// SPDX-License-Identifier: Apache-2.0
// camsim: camera simulator. An RTSP server on 127.0.0.1 that replays an Annex B H.264/H.265 file as RTP
// over TCP interleaved, at real-time pace, to any number of sessions and for any path.
// usage: camsim -p PORT -f FILE [-c h264|h265] [-r FPS] [-m MTU]
// Each session starts at an IDR with its own phase (staggered over the frame interval).
// Stats on SIGUSR1 and at exit: {"sessions","frames","bytes","dropped"} on stderr.
#include "common.h"
typedef struct {
  int off, len;
  uint8_t m;
  uint8_t pre[3];
  int npre;
  int sei;
} Pkt; // payload = pre + data[off,len]
typedef struct {
  int first, n, bytes, idr;
} Frame;
static uint8_t *data;
static Pkt *pk;
static int npk, cpk;
static Frame *fr;
static int nfr;
static uint8_t sei[64];
static int seilen;
static int isH265;
static uint8_t ps[3][512];
static int psl[3];
static double fps = 25;
static int mtu = 1400;
typedef struct Cl {
  int fd;
  char in[8192];
  int nin;
  int playing, ch;
  uint16_t seq, rseq;
  uint32_t ssrc, ts, ts0;
  uint64_t t0, due, lastsr;
  uint64_t n;
  uint32_t fc, pktc, octc;
  uint8_t *q;
  int qn, qo, qc;
  char sess[16];
  struct Cl *next;
  int out;
} Cl;
static Cl *cls;
static int ep;
static uint64_t st_frames, st_bytes, st_drop;
static int st_sess;
static int serial;
static void addpk(int off, int len, const uint8_t *pre, int npre, int m, int issei) {
  if (npk == cpk) {
    cpk = cpk ? cpk * 2 : 4096;
    pk = realloc(pk, cpk * sizeof *pk);
  }
  Pkt *p = &pk[npk++];
  p->off = off;
  p->len = len;
  p->npre = npre;
  if (npre)
    memcpy(p->pre, pre, npre);
  p->m = m;
  p->sei = issei;
}
static void nalpk(int off, int len, int last) {
  if (len <= mtu) {
    addpk(off, len, 0, 0, last, 0);
    return;
  }
  uint8_t pre[3];
  int h = isH265 ? 2 : 1, n;
  const uint8_t *d = data + off;
  int o = off + h, rem = len - h, first = 1;
  while (rem > 0) {
    n = rem > mtu - 3 ? mtu - 3 : rem;
    int e = n == rem;
    if (isH265) {
      int t = d[0] >> 1 & 63;
      pre[0] = (d[0] & 0x81) | 49 << 1;
      pre[1] = d[1];
      pre[2] = (first ? 0x80 : 0) | (e ? 0x40 : 0) | t;
      addpk(o, n, pre, 3, last && e, 0);
    } else {
      pre[0] = (d[0] & 0xe0) | 28;
      pre[1] = (first ? 0x80 : 0) | (e ? 0x40 : 0) | (d[0] & 31);
      addpk(o, n, pre, 2, last && e, 0);
    }
    o += n;
    rem -= n;
    first = 0;
  }
}
static void load(const char *fn) {
  FILE *f = fopen(fn, "rb");
  if (!f) {
    perror(fn);
    exit(1);
  }
  fseek(f, 0, SEEK_END);
  long sz = ftell(f);
  rewind(f);
  data = malloc(sz + 8);
  if (fread(data, 1, sz, f) != (size_t)sz)
    exit(1);
  fclose(f);
  int *no = malloc(sizeof(int) * 1000000), *nl = malloc(sizeof(int) * 1000000), nn = 0;
  long i = 0, start = -1;
  for (; i + 2 < sz; i++)
    if (!data[i] && !data[i + 1] && data[i + 2] == 1) {
      if (start >= 0) {
        long e = i;
        while (e > start && !data[e - 1])
          e--;
        no[nn] = start;
        nl[nn++] = e - start;
      }
      start = i + 3;
      i += 2;
    }
  if (start >= 0) {
    no[nn] = start;
    nl[nn++] = sz - start;
  }
  // SEI template: H.264 type 6, H.265 prefix SEI 39; payload type 5, size 40 = UUID 16 + 16 hex + 8 hex
  int k = 0;
  if (isH265) {
    sei[k++] = 39 << 1;
    sei[k++] = 1;
  } else
    sei[k++] = 6;
  sei[k++] = 5;
  sei[k++] = MARKLEN + 24;
  memcpy(sei + k, MARK, MARKLEN);
  k += MARKLEN + 24;
  sei[k++] = 0x80;
  seilen = k;
  fr = malloc(sizeof(Frame) * (nn + 1));
  int cur = -1;
  int a = 0;
  while (a < nn) {
    int b = a, vcl = -1;
    Frame *F = &fr[++cur];
    F->first = npk;
    F->idr = 0;
    for (; b < nn; b++) {
      uint8_t *d = data + no[b];
      int t = isH265 ? d[0] >> 1 & 63 : d[0] & 31;
      int isv = isH265 ? t < 32 : (t >= 1 && t <= 5);
      int fs = isv && (isH265 ? (d[2] & 0x80) : (d[1] & 0x80));
      if (vcl >= 0 && (!isv || fs))
        break;
      if (isv) {
        if (vcl < 0)
          addpk(0, 0, 0, 0, 0, 1);
        vcl = b;
        if (isH265 ? (t >= 16 && t <= 23) : t == 5)
          F->idr = 1;
      }
      int p = isH265 ? (t == 32 ? 0 : t == 33 ? 1 : t == 34 ? 2 : -1) : (t == 7 ? 0 : t == 8 ? 1 : -1);
      if (p >= 0 && nl[b] < 512) {
        memcpy(ps[p], d, nl[b]);
        psl[p] = nl[b];
      }
      int last = 0;
      if (isv) {
        int c = b + 1;
        if (c >= nn)
          last = 1;
        else {
          uint8_t *x = data + no[c];
          int tt = isH265 ? x[0] >> 1 & 63 : x[0] & 31;
          int iv = isH265 ? tt < 32 : (tt >= 1 && tt <= 5);
          last = !iv || (isH265 ? (x[2] & 0x80) : (x[1] & 0x80));
        }
      }
      nalpk(no[b], nl[b], last != 0);
    }
    F->n = npk - F->first;
    F->bytes = 0;
    for (int j = 0; j < F->n; j++) {
      Pkt *p = &pk[F->first + j];
      F->bytes += 16 + (p->sei ? seilen : p->npre + p->len);
    }
    a = b;
  }
  nfr = cur + 1;
  while (nfr && !pk[fr[nfr - 1].first + fr[nfr - 1].n - 1].m)
    nfr--; // no trailing junk
  long tot = 0;
  for (int j = 0; j < nfr; j++)
    tot += fr[j].bytes;
  fprintf(stderr, "camsim: %d frames, %d packets, %.2f Mbit/s on the wire\n", nfr, npk, tot * 8.0 * fps / nfr / 1e6);
  free(no);
  free(nl);
}
static void drop(Cl *c) {
  epoll_ctl(ep, EPOLL_CTL_DEL, c->fd, 0);
  close(c->fd);
  for (Cl **p = &cls; *p; p = &(*p)->next)
    if (*p == c) {
      *p = c->next;
      break;
    }
  free(c->q);
  free(c);
  st_sess--;
}
static int qflush(Cl *c) {
  while (c->qo < c->qn) {
    ssize_t r = send(c->fd, c->q + c->qo, c->qn - c->qo, 0);
    if (r < 0) {
      if (errno == EAGAIN)
        break;
      return -1;
    }
    c->qo += r;
  }
  int want = c->qo < c->qn;
  if (!want)
    c->qo = c->qn = 0;
  if (want != c->out) {
    struct epoll_event e = {.events = EPOLLIN | (want ? EPOLLOUT : 0), .data.ptr = c};
    epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &e);
    c->out = want;
  }
  return 0;
}
static void qput(Cl *c, const void *b, int n) {
  if (c->qn + n > c->qc) {
    c->qc = c->qn + n + 65536;
    c->q = realloc(c->q, c->qc);
  }
  memcpy(c->q + c->qn, b, n);
  c->qn += n;
}
static int sendframe(Cl *c, uint64_t now) {
  Frame *F = &fr[c->n % nfr];
  c->n++;
  c->fc++;
  c->ts = c->ts0 + (uint32_t)(uint64_t)((c->due - c->t0) * 9 / 100);
  if (c->qn - c->qo > 4 << 20) {
    st_drop++;
    c->seq += F->n;
    return 0;
  }
  if (c->qo) {
    memmove(c->q, c->q + c->qo, c->qn - c->qo);
    c->qn -= c->qo;
    c->qo = 0;
  }
  if (c->qn + F->bytes > c->qc) {
    c->qc = c->qn + F->bytes + 65536;
    c->q = realloc(c->q, c->qc);
  }
  uint8_t *o = c->q + c->qn;
  for (int j = 0; j < F->n; j++) {
    Pkt *p = &pk[F->first + j];
    int pl = p->sei ? seilen : p->npre + p->len, L = 12 + pl;
    o[0] = '$';
    o[1] = c->ch;
    o[2] = L >> 8;
    o[3] = L;
    o[4] = 0x80;
    o[5] = 96 | (p->m ? 0x80 : 0);
    o[6] = c->seq >> 8;
    o[7] = c->seq;
    c->seq++;
    uint32_t t = htonl(c->ts), s = htonl(c->ssrc);
    memcpy(o + 8, &t, 4);
    memcpy(o + 12, &s, 4);
    o += 16;
    if (p->sei) {
      memcpy(o, sei, seilen);
      int h = isH265 ? 4 : 3;
      hexput(o + h + MARKLEN, now, 16);
      hexput(o + h + MARKLEN + 16, c->fc, 8);
    } else {
      memcpy(o, p->pre, p->npre);
      memcpy(o + p->npre, data + p->off, p->len);
    }
    o += pl;
    c->pktc++;
    c->octc += pl;
  }
  int n = o - (c->q + c->qn);
  c->qn += n;
  st_frames++;
  st_bytes += n;
  if (now - c->lastsr > 5000000) {
    c->lastsr = now;
    uint8_t b[32] = {'$', c->ch + 1, 0, 28, 0x80, 200, 0, 6};
    struct timespec w;
    clock_gettime(CLOCK_REALTIME, &w);
    uint32_t v = htonl(c->ssrc);
    memcpy(b + 8, &v, 4);
    v = htonl((uint32_t)(w.tv_sec + 2208988800u));
    memcpy(b + 12, &v, 4);
    v = htonl((uint32_t)(w.tv_nsec * 4.294967296));
    memcpy(b + 16, &v, 4);
    v = htonl(c->ts + (uint32_t)((now - c->due) * 9 / 100));
    memcpy(b + 20, &v, 4);
    v = htonl(c->pktc);
    memcpy(b + 24, &v, 4);
    v = htonl(c->octc);
    memcpy(b + 28, &v, 4);
    qput(c, b, 32);
  }
  return qflush(c);
}
static int request(Cl *c, char *r, int port) {
  char m[32] = "", u[300] = "", o[4096], cs[64];
  sscanf(r, "%31s %299s", m, u);
  snprintf(cs, 64, "%s", hdr(r, "CSeq"));
  int k = 0;
  if (!strcmp(m, "OPTIONS"))
    k = snprintf(o, sizeof o,
                 "RTSP/1.0 200 OK\r\nCSeq: %s\r\nPublic: OPTIONS, DESCRIBE, SETUP, PLAY, PAUSE, TEARDOWN, "
                 "GET_PARAMETER, SET_PARAMETER\r\n\r\n",
                 cs);
  else if (!strcmp(m, "DESCRIBE")) {
    char s[3000], p0[800], p1[800], p2[800] = "";
    b64(ps[0], psl[0], p0);
    b64(ps[1], psl[1], p1);
    if (isH265)
      b64(ps[2], psl[2], p2);
    int n = snprintf(s, sizeof s,
                     "v=0\r\no=- 1 1 IN IP4 127.0.0.1\r\ns=Media Presentation\r\nc=IN IP4 0.0.0.0\r\nt=0 "
                     "0\r\na=control:*\r\nm=video 0 RTP/AVP 96\r\nb=AS:5000\r\na=recvonly\r\na=control:trackID=1\r\n");
    if (isH265)
      n += snprintf(s + n, sizeof s - n,
                    "a=rtpmap:96 H265/90000\r\na=fmtp:96 sprop-vps=%s; sprop-sps=%s; sprop-pps=%s\r\n", p0, p1, p2);
    else
      n += snprintf(s + n, sizeof s - n,
                    "a=rtpmap:96 H264/90000\r\na=fmtp:96 profile-level-id=%02X%02X%02X; packetization-mode=1; "
                    "sprop-parameter-sets=%s,%s\r\n",
                    ps[0][1], ps[0][2], ps[0][3], p0, p1);
    n += snprintf(s + n, sizeof s - n, "a=framerate:%g\r\n", fps);
    k = snprintf(o, sizeof o,
                 "RTSP/1.0 200 OK\r\nCSeq: %s\r\nContent-Type: application/sdp\r\nContent-Base: %s/\r\nContent-Length: "
                 "%d\r\n\r\n%s",
                 cs, u, n, s);
  } else if (!strcmp(m, "SETUP")) {
    char t[300];
    snprintf(t, 300, "%s", hdr(r, "Transport"));
    if (!strstr(t, "TCP"))
      k = snprintf(o, sizeof o, "RTSP/1.0 461 Unsupported Transport\r\nCSeq: %s\r\n\r\n", cs);
    else {
      char *i = strstr(t, "interleaved=");
      c->ch = i ? atoi(i + 12) : 0;
      k = snprintf(o, sizeof o,
                   "RTSP/1.0 200 OK\r\nCSeq: %s\r\nSession: %s;timeout=60\r\nTransport: "
                   "RTP/AVP/TCP;unicast;interleaved=%d-%d;ssrc=%08x;mode=\"play\"\r\n\r\n",
                   cs, c->sess, c->ch, c->ch + 1, c->ssrc);
    }
  } else if (!strcmp(m, "PLAY")) {
    if (!c->playing) {
      c->playing = 1;
      uint64_t iv = 1e6 / fps;
      c->t0 = c->due = now_us() + 1000 + (uint64_t)(serial * 7919u) % iv;
      c->ts0 = rand();
      c->seq = rand();
    }
    k = snprintf(o, sizeof o,
                 "RTSP/1.0 200 OK\r\nCSeq: %s\r\nSession: %s\r\nRange: npt=now-\r\nRTP-Info: "
                 "url=%s/trackID=1;seq=%u;rtptime=%u\r\n\r\n",
                 cs, c->sess, u, c->seq, c->ts0);
  } else if (!strcmp(m, "TEARDOWN"))
    return -1;
  else
    k = snprintf(o, sizeof o, "RTSP/1.0 200 OK\r\nCSeq: %s\r\nSession: %s\r\n\r\n", cs, c->sess);
  qput(c, o, k);
  return qflush(c);
}
static volatile int stop, dump;
static void onsig(int s) {
  if (s == SIGUSR1)
    dump = 1;
  else
    stop = 1;
}
static void stats(void) {
  fprintf(stderr, "{\"sessions\":%d,\"frames\":%lu,\"bytes\":%lu,\"dropped\":%lu}\n", st_sess, st_frames, st_bytes,
          st_drop);
}
int main(int ac, char **av) {
  int port = 8554, o;
  char *f = 0;
  while ((o = getopt(ac, av, "p:f:c:r:m:")) > 0)
    switch (o) {
    case 'p':
      port = atoi(optarg);
      break;
    case 'f':
      f = optarg;
      break;
    case 'c':
      isH265 = !strcmp(optarg, "h265");
      break;
    case 'r':
      fps = atof(optarg);
      break;
    case 'm':
      mtu = atoi(optarg);
      break;
    }
  if (!f) {
    fprintf(stderr, "camsim -p PORT -f FILE [-c h264|h265] [-r FPS]\n");
    return 2;
  }
  more_files();
  signal(SIGTERM, onsig);
  signal(SIGINT, onsig);
  signal(SIGUSR1, onsig);
  load(f);
  int l = listen_on(port);
  ep = epoll_create1(0);
  int tf = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = 0};
  epoll_ctl(ep, EPOLL_CTL_ADD, l, &e);
  e.data.ptr = &tf;
  epoll_ctl(ep, EPOLL_CTL_ADD, tf, &e);
  uint64_t iv = 1e6 / fps;
  fprintf(stderr, "camsim: ready\n");
  while (!stop) {
    struct epoll_event ev[256];
    uint64_t nx = ~0ull, now = now_us();
    for (Cl *c = cls, *n; c; c = n) {
      n = c->next;
      if (!c->playing)
        continue;
      int bad = 0;
      while (!bad && c->due <= now) {
        bad = sendframe(c, now) < 0;
        if (!bad)
          c->due = c->t0 + (uint64_t)(c->n * 1e6 / fps);
      }
      if (bad) {
        drop(c);
        continue;
      }
      if (c->due < nx)
        nx = c->due;
    }
    (void)iv;
    struct itimerspec it = {0};
    if (nx != ~0ull) {
      uint64_t d = nx > now ? nx : now + 1;
      it.it_value.tv_sec = d / 1000000;
      it.it_value.tv_nsec = d % 1000000 * 1000;
    }
    timerfd_settime(tf, TFD_TIMER_ABSTIME, &it, 0);
    int n = epoll_wait(ep, ev, 256, -1);
    if (dump) {
      dump = 0;
      stats();
    }
    for (int i = 0; i < n; i++) {
      Cl *c = ev[i].data.ptr;
      if ((void *)c == (void *)&tf) {
        uint64_t x;
        if (read(tf, &x, 8)) {
        }
        continue;
      }
      if (!c) {
        int fd;
        while ((fd = accept4(l, 0, 0, SOCK_NONBLOCK)) >= 0) {
          nodelay(fd);
          int b = 1 << 20;
          setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &b, sizeof b);
          Cl *x = calloc(1, sizeof *x);
          x->fd = fd;
          x->ssrc = rand();
          serial++;
          snprintf(x->sess, 16, "%08x", x->ssrc ^ 0x5a5a);
          x->next = cls;
          cls = x;
          st_sess++;
          struct epoll_event q = {.events = EPOLLIN, .data.ptr = x};
          epoll_ctl(ep, EPOLL_CTL_ADD, fd, &q);
        }
        continue;
      }
      int bad = 0;
      if (ev[i].events & EPOLLOUT)
        bad = qflush(c) < 0;
      if (!bad && ev[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        ssize_t r = recv(c->fd, c->in + c->nin, sizeof c->in - 1 - c->nin, 0);
        if (r <= 0) {
          if (!(r < 0 && errno == EAGAIN))
            bad = 1;
        } else {
          c->nin += r;
          while (!bad && c->nin) {
            if (c->in[0] == '$') {
              if (c->nin < 4)
                break;
              int L = 4 + ((uint8_t)c->in[2] << 8 | (uint8_t)c->in[3]);
              if (L > (int)sizeof c->in - 1) {
                bad = 1;
                break;
              }
              if (c->nin < L)
                break;
              c->nin -= L;
              memmove(c->in, c->in + L, c->nin);
              continue;
            }
            c->in[c->nin] = 0;
            char *z = strstr(c->in, "\r\n\r\n");
            if (!z) {
              if (c->nin >= (int)sizeof c->in - 1)
                bad = 1;
              break;
            }
            int L = z + 4 - c->in;
            char *cl = hdr(c->in, "Content-Length");
            int body = atoi(cl);
            if (c->nin < L + body)
              break;
            char sv = c->in[L];
            c->in[L] = 0;
            bad = request(c, c->in, port) < 0;
            c->in[L] = sv;
            L += body;
            c->nin -= L;
            memmove(c->in, c->in + L, c->nin);
          }
        }
      }
      if (bad)
        drop(c);
    }
  }
  stats();
  return 0;
}
