// SPDX-License-Identifier: Apache-2.0
// Shared helpers of the load harness. Linux only (epoll, timerfd).
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>
// SEI user_data_unregistered carried in every frame: UUID (16 ASCII bytes), 16 hex digits of
// CLOCK_MONOTONIC microseconds at send, 8 hex digits of the camera's frame counter.
// It rides in the elementary stream, so it survives proxies that rewrite RTP headers and remuxing.
#define MARK "CMSBENCHsendtime"
#define MARKLEN 16
static inline uint64_t now_us(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (uint64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}
static inline void hexput(uint8_t *p, uint64_t v, int n) {
  for (int i = n - 1; i >= 0; i--) {
    p[i] = "0123456789abcdef"[v & 15];
    v >>= 4;
  }
}
static inline uint64_t hexget(const uint8_t *p, int n) {
  uint64_t v = 0;
  for (int i = 0; i < n; i++) {
    int c = p[i];
    v = v << 4 | (c <= '9' ? c - '0' : (c | 32) - 'a' + 10);
  }
  return v;
}
static inline void nonblock(int fd) { fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK); }
static inline void nodelay(int fd) {
  int o = 1;
  setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &o, sizeof o);
}
static inline void more_files(void) {
  struct rlimit r;
  getrlimit(RLIMIT_NOFILE, &r);
  r.rlim_cur = r.rlim_max;
  setrlimit(RLIMIT_NOFILE, &r);
  signal(SIGPIPE, SIG_IGN);
}
static inline int listen_on(int port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0), o = 1;
  setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &o, sizeof o);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (bind(fd, (void *)&a, sizeof a) || listen(fd, 1024)) {
    perror("listen");
    exit(1);
  }
  nonblock(fd);
  return fd;
}
static inline int dial(int port) {
  int fd = socket(AF_INET, SOCK_STREAM, 0);
  nonblock(fd);
  nodelay(fd);
  struct sockaddr_in a = {.sin_family = AF_INET, .sin_port = htons(port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
  if (connect(fd, (void *)&a, sizeof a) && errno != EINPROGRESS) {
    close(fd);
    return -1;
  }
  return fd;
}
static inline char *hdr(char *req, const char *name) { // value of a header line, "" if none (static buffer)
  static char v[512];
  size_t n = strlen(name);
  v[0] = 0;
  for (char *p = req; (p = strchr(p, '\n'));) {
    p++;
    if (!strncasecmp(p, name, n) && p[n] == ':') {
      p += n + 1;
      while (*p == ' ')
        p++;
      size_t i = 0;
      while (p[i] && p[i] != '\r' && p[i] != '\n' && i < sizeof v - 1) {
        v[i] = p[i];
        i++;
      }
      v[i] = 0;
      return v;
    }
  }
  return v;
}
static const char b64t[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
static inline void b64(const uint8_t *s, int n, char *o) {
  while (n > 0) {
    uint32_t v = s[0] << 16 | (n > 1 ? s[1] << 8 : 0) | (n > 2 ? s[2] : 0);
    *o++ = b64t[v >> 18];
    *o++ = b64t[v >> 12 & 63];
    *o++ = n > 1 ? b64t[v >> 6 & 63] : '=';
    *o++ = n > 2 ? b64t[v & 63] : '=';
    s += 3;
    n -= 3;
  }
  *o = 0;
}
