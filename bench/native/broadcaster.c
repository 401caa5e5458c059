/* L: the least a server can do. One thread, one epoll; what a member of a room says goes to all its members.
 *
 *     broadcaster PORT
 *
 * The room is the path. Answers only the one key that client.c offers. */
#include "wire.h"

typedef struct Member Member;

typedef struct Room {
    char path[128];
    Member **members;
    size_t count, capacity;
    struct Room *next;
} Room;

struct Member {
    int fd;
    Room *room;
    size_t place;
    uint8_t *in, *out;
    size_t in_length, out_length;
};

static Room *rooms[4096];
static uint8_t buffer[READ_BYTES];
static int epoll;

static Room *room_of(const char *path) {
    unsigned hash = 5381;
    for (const char *at = path; *at; at++) hash = hash * 33 + (unsigned char)*at;
    Room **slot = &rooms[hash % 4096];
    for (Room *room = *slot; room; room = room->next)
        if (!strcmp(room->path, path)) return room;
    Room *room = get(1, sizeof *room);
    snprintf(room->path, sizeof room->path, "%s", path);
    room->next = *slot;
    return *slot = room;
}

static void join(Member *member, Room *room) {
    if (room->count == room->capacity) {
        room->capacity = room->capacity ? room->capacity * 2 : 16;
        room->members = realloc(room->members, room->capacity * sizeof *room->members);
    }
    member->room = room;
    member->place = room->count;
    room->members[room->count++] = member;
}

static void part(Member *member) {
    if (member->room) {
        Member *last = member->room->members[--member->room->count];
        member->room->members[member->place] = last;
        last->place = member->place;
    }
    close(member->fd);
    free(member->in);
    free(member->out);
    free(member);
}

static void flush(Member *member) {
    ssize_t sent = send(member->fd, member->out, member->out_length, MSG_NOSIGNAL);
    if (sent <= 0) return;
    member->out_length -= (size_t)sent;
    memmove(member->out, member->out + sent, member->out_length);
    if (!member->out_length) watch(epoll, member->fd, EPOLLIN, member, EPOLL_CTL_MOD);
}

static void tell(Member *member, const uint8_t *data, size_t length) {
    ssize_t sent = member->out_length ? 0 : send(member->fd, data, length, MSG_NOSIGNAL);
    if (sent < 0) sent = 0;
    if ((size_t)sent == length) return;
    if (!member->out_length) watch(epoll, member->fd, EPOLLIN | EPOLLOUT, member, EPOLL_CTL_MOD);
    size_t left = length - (size_t)sent;
    member->out = realloc(member->out, member->out_length + left);
    memcpy(member->out + member->out_length, data + sent, left);
    member->out_length += left;
}

static void broadcast(Room *room, const Frame *frame) {
    static uint8_t wire[READ_BYTES + 16];
    size_t head = put_header(wire, TEXT, frame->size, 0);
    memcpy(wire + head, frame->payload, frame->size);
    for (size_t at = 0; at < room->count; at++) tell(room->members[at], wire, head + frame->size);
}

static size_t shake_hands(Member *member, uint8_t *data, size_t length) {
    static const char answer[] =
        "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        "Sec-WebSocket-Accept: " KEY_ACCEPTED "\r\n\r\n";
    uint8_t *end = memmem(data, length, "\r\n\r\n", 4);
    char path[128];
    if (!end || sscanf((char *)data, "GET %127s", path) != 1) return 0;
    join(member, room_of(path));
    tell(member, (const uint8_t *)answer, sizeof answer - 1);
    return (size_t)(end + 4 - data);
}

/* What of `data` was taken; what is left waits for more. */
static size_t serve(Member *member, uint8_t *data, size_t length) {
    size_t taken = 0, step;
    Frame frame;
    if (!member->room && !(taken = shake_hands(member, data, length))) return 0;
    while ((step = take_frame(data + taken, length - taken, &frame))) {
        taken += step;
        if (frame.opcode == TEXT) broadcast(member->room, &frame);
    }
    return taken;
}

static void read_from(Member *member) {
    memcpy(buffer, member->in, member->in_length);
    ssize_t length = recv(member->fd, buffer + member->in_length, READ_BYTES - member->in_length, 0);
    if (length == 0 || (length < 0 && errno != EAGAIN)) {
        part(member);
        return;
    }
    if (length < 0) return;
    size_t whole = member->in_length + (size_t)length, taken = serve(member, buffer, whole);
    member->in_length = whole - taken;
    member->in = realloc(member->in, member->in_length + 1);
    memcpy(member->in, buffer + taken, member->in_length);
}

static void welcome(int listener) {
    int fd;
    while ((fd = accept(listener, NULL, NULL)) >= 0) {
        Member *member = get(1, sizeof *member);
        member->fd = fd;
        member->in = get(1, 1);
        prepare_socket(fd);
        watch(epoll, fd, EPOLLIN, member, EPOLL_CTL_ADD);
    }
}

static int listen_at(int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    int listener = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0), one = 1;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    setsockopt(listener, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) || listen(listener, 4096)) die("listen");
    return listener;
}

int main(int count, char **words) {
    if (count != 2) return 2;
    allow_many_files();
    int listener = listen_at(atoi(words[1]));
    epoll = epoll_create1(0);
    watch(epoll, listener, EPOLLIN, NULL, EPOLL_CTL_ADD);
    for (;;) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(epoll, events, EVENTS, -1);
        for (int at = 0; at < ready; at++) {
            Member *member = events[at].data.ptr;
            if (!member) {
                welcome(listener);
            } else {
                if (events[at].events & EPOLLOUT) flush(member);
                if (events[at].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) read_from(member);
            }
        }
    }
}
