// SPDX-License-Identifier: Apache-2.0
// relayfloor: the least a relay can do (the machine's floor). Pulls K cameras over RTSP/TCP and serves
// each on its own path cam0..camK-1 over RTSP/TCP interleaved: read a chunk, forward whole interleaved
// packets as they are with one send per viewer and chunk. No GOP cache, no re-timestamping, one thread.
// usage: relayfloor -p PORT -P CAMERA_PORT -k CAMERAS
#include "common.h"
typedef struct Cl {
  int fd, cam, play;
  char in[4096];
  int nin;
  uint8_t *q;
  int qn, qo, qc, out;
  uint64_t drops;
  struct Cl *next;
} Cl;
typedef struct {
  int fd, st, cseq;
  uint8_t *b;
  int n;
  char *sdp;
  char sess[64];
  Cl *v;
  uint64_t retry;
} Cam;
typedef struct {
  int kind;
  void *p;
} Tag;
static Cam *cam;
static Tag *ctag;
static int K = 1, port = 9554, cport = 21000, ep;
static void up(Cam *c, const char *m, const char *sfx, const char *x) {
  char o[600];
  int i = c - cam;
  int n =
      snprintf(o, 600, "%s rtsp://127.0.0.1:%d/cam%d%s RTSP/1.0\r\nCSeq: %d\r\n%s\r\n", m, cport, i, sfx, ++c->cseq, x);
  if (send(c->fd, o, n, 0) < 0) {
  }
}
static void copen(Cam *c) {
  c->fd = dial(cport);
  c->st = 0;
  c->n = 0;
  struct epoll_event e = {.events = EPOLLIN | EPOLLOUT, .data.ptr = &ctag[c - cam]};
  epoll_ctl(ep, EPOLL_CTL_ADD, c->fd, &e);
}
static void cclose(Cam *c) {
  close(c->fd);
  c->fd = -1;
  c->retry = now_us() + 200000;
}
static void arm(Cl *v) {
  int w = v->qo < v->qn;
  if (w != v->out) {
    v->out = w;
    struct epoll_event e = {.events = EPOLLIN | (w ? EPOLLOUT : 0), .data.ptr = v};
    epoll_ctl(ep, EPOLL_CTL_MOD, v->fd, &e);
  }
}
static void vput(Cl *v, const uint8_t *b, int n) {
  int s = 0;
  if (v->qo == v->qn) {
    s = send(v->fd, b, n, 0);
    if (s < 0)
      s = 0;
  }
  if (s < n) {
    if (v->qn - v->qo > 4 << 20) {
      v->drops++;
      return;
    }
    if (v->qo == v->qn)
      v->qo = v->qn = 0;
    if (v->qn + n - s > v->qc) {
      v->qc = v->qn + n - s + 65536;
      v->q = realloc(v->q, v->qc);
    }
    memcpy(v->q + v->qn, b + s, n - s);
    v->qn += n - s;
    arm(v);
  }
}
static void vdrop(Cl *v) {
  close(v->fd);
  if (v->cam >= 0)
    for (Cl **p = &cam[v->cam].v; *p; p = &(*p)->next)
      if (*p == v) {
        *p = v->next;
        break;
      }
  free(v->q);
  free(v);
}
static void cin_(Cam *c) {
  for (;;) {
    ssize_t r = recv(c->fd, c->b + c->n, (256 << 10) - c->n - 1, 0);
    if (r <= 0) {
      if (r < 0 && errno == EAGAIN)
        return;
      cclose(c);
      return;
    }
    c->n += r;
    int o = 0, s = 0;
    while (c->n - o >= 4) {
      uint8_t *p = c->b + o;
      if (*p == '$') {
        int L = 4 + (p[2] << 8 | p[3]);
        if (c->n - o < L)
          break;
        o += L;
      } else {
        c->b[c->n] = 0;
        char *z = strstr((char *)p, "\r\n\r\n");
        if (!z)
          break;
        z += 4;
        char sv = *z;
        *z = 0;
        int L = atoi(hdr((char *)p, "Content-Length"));
        if (c->st == 2) {
          snprintf(c->sess, 64, "%s", hdr((char *)p, "Session"));
          char *q = strchr(c->sess, ';');
          if (q)
            *q = 0;
        }
        *z = sv;
        if ((uint8_t *)z + L > c->b + c->n)
          break;
        if (c->st == 1) {
          free(c->sdp);
          c->sdp = strndup(z, L);
          c->st = 2;
          up(c, "SETUP", "/trackID=1", "Transport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n");
        } else if (c->st == 2) {
          char x[100];
          snprintf(x, 100, "Session: %s\r\n", c->sess);
          c->st = 3;
          up(c, "PLAY", "", x);
        } else if (c->st == 3)
          c->st = 5;
        o = (uint8_t *)z + L - c->b;
        s = o;
      }
    }
    if (o > s)
      for (Cl *v = c->v; v; v = v->next)
        if (v->play)
          vput(v, c->b + s, o - s);
    if (o) {
      memmove(c->b, c->b + o, c->n - o);
      c->n -= o;
    }
    if (r < 65536)
      return;
  }
}
static void vreq(Cl *v, char *r) {
  char m[32] = "", u[300] = "", o[4096], cs[32];
  sscanf(r, "%31s %299s", m, u);
  snprintf(cs, 32, "%s", hdr(r, "CSeq"));
  int k;
  char *q = strstr(u, "/cam");
  int i = q ? atoi(q + 4) : 0;
  if (!strcmp(m, "DESCRIBE")) {
    if (i < 0 || i >= K || !cam[i].sdp) {
      k = snprintf(o, 4096, "RTSP/1.0 404 Not Found\r\nCSeq: %s\r\n\r\n", cs);
    } else
      k = snprintf(o, 4096,
                   "RTSP/1.0 200 OK\r\nCSeq: %s\r\nContent-Base: %s/\r\nContent-Type: "
                   "application/sdp\r\nContent-Length: %d\r\n\r\n%s",
                   cs, u, (int)strlen(cam[i].sdp), cam[i].sdp);
  } else if (!strcmp(m, "SETUP"))
    k = snprintf(o, 4096,
                 "RTSP/1.0 200 OK\r\nCSeq: %s\r\nSession: 1\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\r\n\r\n",
                 cs);
  else {
    k = snprintf(o, 4096, "RTSP/1.0 200 OK\r\nCSeq: %s\r\nSession: 1\r\n\r\n", cs);
  }
  vput(v, (uint8_t *)o, k);
  if (!strcmp(m, "PLAY") && !v->play && i >= 0 && i < K) {
    v->play = 1;
    v->cam = i;
    v->next = cam[i].v;
    cam[i].v = v;
  }
}
int main(int ac, char **av) {
  int o;
  while ((o = getopt(ac, av, "p:P:k:")) > 0)
    switch (o) {
    case 'p':
      port = atoi(optarg);
      break;
    case 'P':
      cport = atoi(optarg);
      break;
    case 'k':
      K = atoi(optarg);
      break;
    }
  more_files();
  ep = epoll_create1(0);
  int l = listen_on(port);
  Tag lt = {0, 0};
  struct epoll_event e = {.events = EPOLLIN, .data.ptr = &lt};
  epoll_ctl(ep, EPOLL_CTL_ADD, l, &e);
  cam = calloc(K, sizeof *cam);
  ctag = calloc(K, sizeof *ctag);
  for (int i = 0; i < K; i++) {
    cam[i].b = malloc(256 << 10);
    ctag[i].p = &cam[i];
    copen(&cam[i]);
  }
  for (;;) {
    struct epoll_event ev[256];
    int n = epoll_wait(ep, ev, 256, 200);
    for (int i = 0; i < n; i++) {
      void *t = ev[i].data.ptr;
      if (t == &lt) {
        int fd;
        while ((fd = accept4(l, 0, 0, SOCK_NONBLOCK)) >= 0) {
          nodelay(fd);
          Cl *v = calloc(1, sizeof *v);
          v->fd = fd;
          v->cam = -1;
          struct epoll_event x = {.events = EPOLLIN, .data.ptr = v};
          epoll_ctl(ep, EPOLL_CTL_ADD, fd, &x);
        }
        continue;
      }
      if ((Tag *)t >= ctag && (Tag *)t < ctag + K) {
        Cam *c = ((Tag *)t)->p;
        if (c->fd < 0)
          continue;
        if (c->st == 0 && ev[i].events & EPOLLOUT) {
          c->st = 1;
          struct epoll_event x = {.events = EPOLLIN, .data.ptr = t};
          epoll_ctl(ep, EPOLL_CTL_MOD, c->fd, &x);
          up(c, "DESCRIBE", "", "Accept: application/sdp\r\n");
        }
        cin_(c);
        continue;
      }
      Cl *v = t;
      int bad = 0;
      if (ev[i].events & EPOLLOUT) {
        while (v->qo < v->qn) {
          ssize_t r = send(v->fd, v->q + v->qo, v->qn - v->qo, 0);
          if (r < 0) {
            if (errno != EAGAIN)
              bad = 1;
            break;
          }
          v->qo += r;
        }
        arm(v);
      }
      if (!bad && ev[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) {
        ssize_t r = recv(v->fd, v->in + v->nin, sizeof v->in - 1 - v->nin, 0);
        if (r <= 0) {
          if (!(r < 0 && errno == EAGAIN))
            bad = 1;
        } else {
          v->nin += r;
          v->in[v->nin] = 0;
          char *z;
          while ((z = strstr(v->in, "\r\n\r\n"))) {
            z += 4;
            char sv = *z;
            *z = 0;
            vreq(v, v->in);
            *z = sv;
            int L = z - v->in;
            v->nin -= L;
            memmove(v->in, z, v->nin + 1);
          }
        }
      }
      if (bad)
        vdrop(v);
    }
    uint64_t now = now_us();
    for (int i = 0; i < K; i++)
      if (cam[i].fd < 0 && now > cam[i].retry)
        copen(&cam[i]);
  }
}
