/* What the client and the broadcaster share: the clock, RFC 6455 frames, sockets. Blocking nowhere. */
#ifndef PARLEY_BENCH_WIRE_H
#define PARLEY_BENCH_WIRE_H

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* The example key of RFC 6455: every handshake uses it, so that nobody here needs SHA-1. */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define KEY_ACCEPTED "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
#define READ_BYTES 262144
#define EVENTS 512

enum { TEXT = 0x81, CLOSE = 0x88, PING = 0x89, PONG = 0x8a };

static inline uint64_t now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static inline void die(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static inline void *get(size_t count, size_t size) {
    void *memory = calloc(count ? count : 1, size);
    if (!memory) die("memory");
    return memory;
}

static inline void allow_many_files(void) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = limit.rlim_max;
    setrlimit(RLIMIT_NOFILE, &limit);
}

static inline void prepare_socket(int fd) {
    int one = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK);
}

static inline void watch(int epoll, int fd, uint32_t events, void *whom, int how) {
    struct epoll_event event = {.events = events, .data.ptr = whom};
    if (epoll_ctl(epoll, how, fd, &event)) die("epoll_ctl");
}

/* Writes a frame's header; gives its length. A client's mask is zero, which leaves the payload as it is. */
static inline size_t put_header(uint8_t *to, int opcode, size_t size, int masked) {
    size_t length = 2;
    to[0] = (uint8_t)opcode;
    if (size < 126) {
        to[1] = (uint8_t)size;
    } else {
        to[1] = 126;
        to[2] = (uint8_t)(size >> 8);
        to[3] = (uint8_t)size;
        length = 4;
    }
    if (masked) {
        to[1] |= 0x80;
        memset(to + length, 0, 4);
        length += 4;
    }
    return length;
}

typedef struct {
    int opcode;
    size_t size;
    uint8_t *payload;
} Frame;

/* The frame that begins at `data`: the bytes it takes, 0 when it is not whole yet. A masked one is unmasked. */
static inline size_t take_frame(uint8_t *data, size_t length, Frame *frame) {
    if (length < 2) return 0;
    size_t head = 2, size = data[1] & 0x7f;
    int masked = data[1] & 0x80;
    if (size == 126) {
        if (length < 4) return 0;
        size = (size_t)data[2] << 8 | data[3];
        head = 4;
    } else if (size == 127) {
        if (length < 10) return 0;
        size = 0;
        for (int at = 2; at < 10; at++) size = size << 8 | data[at];
        head = 10;
    }
    if (length < head + (masked ? 4 : 0) + size) return 0;
    if (masked) {
        for (size_t at = 0; at < size; at++) data[head + 4 + at] ^= data[head + (at & 3)];
        head += 4;
    }
    *frame = (Frame){data[0], size, data + head};
    return head + size;
}

#endif
