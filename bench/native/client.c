/* The bench's client: holds sockets, speaks in rooms, checks that every member gets every message once and in order.
 *
 * Reads its orders from stdin, a line each, and answers those marked * with one line of JSON:
 *     kind parley|tutorial|plain|tinode       how a message is written, and what acknowledges it
 *     watch PID                       a process whose CPU time is told with every answer
 *     at_once N                       handshakes under way at one time
 *     socket PORT PATH TICKET COOKIE          "-" for none
 *     room CLASS NAME FIRST COUNT     its members are the sockets FIRST and following; the first speaks
 *   * open                            opens all sockets
 *   * run SECONDS WARM PATIENCE CLASS=MODE:VALUE...    MODE is closed (VALUE messages under way in each room), open (VALUE
 *                                     a second over all rooms of the class) or burst (VALUE in each room at once); what is
 *                                     still under way then is waited for so many seconds more
 *   * ask TEXT                        every socket asks at once and waits for the answer that has "ref"
 * One thread; times count from when a message was due. A message under way is one that not all members have. */
#include "wire.h"

#include "spans.h"

#define CLASSES 8
#define PIDS 16
#define ANSWERS_NS 12000000000u
#define BODY_BYTES 200
#define SOCKETS_MOST 32768

enum Kind { PARLEY, TUTORIAL, PLAIN, TINODE };
enum State { WAITING, CONNECTING, SHAKING, BEGINNING, OPEN, CLOSED };
enum Mode { SILENT, CLOSED_LOOP, OPEN_LOOP, BURST };

/* How Tinode's answer to a request begins; the request's id follows. */
#define TINODE_ANSWER "{\"ctrl\":{\"id\":\""

/* What a socket's keys begin with, until it is told better; 12 hexadecimal digits follow. */
enum { KEY_PREFIX = 24 };

typedef struct {
    uint32_t room, last;
} Seat;

typedef struct {
    int fd, port;
    enum State state;
    char *path, *ticket, *cookie;
    uint8_t *rest;
    size_t rest_length;
    uint64_t began;
    Seat *seats;
    size_t seats_count;
    int answered;
    char keys[KEY_PREFIX + 1];
} Socket;

typedef struct {
    enum Mode mode;
    double value;
    uint64_t due, step;
    size_t next_room;
    uint32_t *rooms;
    size_t rooms_count;
    uint64_t sent, acked, delivered, missing, doubled, refused;
    Spans acks, deliveries, lasts;
    char name[32];
} Class;

typedef struct {
    char name[64];
    Class *class;
    uint32_t first, count;
} Room;

typedef struct {
    uint64_t due;
    uint32_t room, got;
    char acked, counts;
} Message;

static enum Kind kind;
static Socket *sockets;
static Room *rooms;
static Message *messages;
static Class classes[CLASSES];
static size_t sockets_count, rooms_count, messages_count, classes_count;
static int pids[PIDS], pids_count, at_once = 64, epoll;
static uint32_t nonce;
static uint8_t buffer[READ_BYTES];
static size_t opening, opened, next_to_open, under_way, answers;
static int is_sending, is_measuring;
static Spans openings;
static char filler[BODY_BYTES + 1];

/* --- what it cost */

static double cpu_of(int pid) {
    char name[64], line[1024], *at;
    unsigned long user, system;
    snprintf(name, sizeof name, "/proc/%d/stat", pid);
    FILE *file = fopen(name, "r");
    if (!file) return 0;
    size_t length = fread(line, 1, sizeof line - 1, file);
    fclose(file);
    line[length] = 0;
    at = strrchr(line, ')');
    if (!at || sscanf(at + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &system) != 2) return 0;
    return (double)(user + system) / (double)sysconf(_SC_CLK_TCK);
}

static void note_cpu(double *cpu) {
    for (int at = 0; at < pids_count; at++) cpu[at] = cpu_of(pids[at]);
    cpu[PIDS] = cpu_of(getpid());
}

static void print_cpu(const double *before, const double *after) {
    printf("\"cpu\": [");
    for (int at = 0; at < pids_count; at++) printf("%s%.3f", at ? ", " : "", after[at] - before[at]);
    printf("], \"client_cpu\": %.3f", after[PIDS] - before[PIDS]);
}

static void print_spans(const char *name, const Spans *spans) {
    printf("\"%s\": [%.3f, %.3f]", name, (double)quantile(spans, 0.5) / 1e6, (double)quantile(spans, 0.99) / 1e6);
}

/* --- speaking */

static void write_text(Socket *socket, const char *text, size_t length) {
    uint8_t wire[8192];
    size_t head = put_header(wire, TEXT, length, 1);
    memcpy(wire + head, text, length);
    if (send(socket->fd, wire, head + length, MSG_NOSIGNAL) != (ssize_t)(head + length)) die("a socket takes nothing");
}

static int write_message(char *to, size_t size, const Room *room, size_t number) {
    const char *body = filler + 10;
    switch (kind) {
    case PARLEY:
        return snprintf(to, size,
                        "{\"type\":\"message.send\",\"key\":\"%s%012zx\",\"conversation_id\":\"%s\","
                        "\"body\":\"=%08zx=%s\"}",
                        sockets[room->first].keys, number, room->name, number, body);
    case TUTORIAL:
        return snprintf(to, size, "{\"message\": \"=%08zx=%s\"}", number, body);
    case TINODE:
        return snprintf(to, size, "{\"pub\":{\"id\":\"p%zx\",\"topic\":\"%s\",\"content\":\"=%08zx=%s\"}}", number,
                        room->name, number, body);
    default:
        return snprintf(to, size, "=%08zx=%s", number, body);
    }
}

static void speak(Room *room, uint64_t due) {
    static size_t capacity;
    if (messages_count == capacity) {
        capacity = capacity ? capacity * 2 : 65536;
        messages = realloc(messages, capacity * sizeof *messages);
        if (!messages) die("memory");
    }
    char text[1024];
    int length = write_message(text, sizeof text, room, messages_count);
    messages[messages_count++] = (Message){due, (uint32_t)(room - rooms), 0, 0, (char)is_measuring};
    under_way++;
    room->class->sent++;
    write_text(&sockets[room->first], text, (size_t)length);
}

/* --- hearing */

static void finish_if_whole(Message *message, uint64_t now) {
    Room *room = &rooms[message->room];
    if (!message->acked || message->got != room->count) return;
    under_way--;
    if (message->counts) note_span(&room->class->lasts, now - message->due);
    if (is_sending && room->class->mode == CLOSED_LOOP) speak(room, now);
}

static void note_ack(size_t number, uint64_t now) {
    if (number >= messages_count || messages[number].acked) return;
    Message *message = &messages[number];
    Class *class = rooms[message->room].class;
    message->acked = 1;
    if (is_measuring) class->acked++;
    if (message->counts) note_span(&class->acks, now - message->due);
    finish_if_whole(message, now);
}

/* Where nothing else says that a message is accepted. */
static int is_echo_the_ack(void) { return kind == TUTORIAL || kind == PLAIN; }

static void note_delivery(Socket *socket, size_t number, uint64_t now) {
    if (number >= messages_count) return;
    Message *message = &messages[number];
    Class *class = rooms[message->room].class;
    for (size_t at = 0; at < socket->seats_count; at++) {
        if (socket->seats[at].room != message->room) continue;
        if (number + 1 <= socket->seats[at].last) {
            class->doubled++;
            return;
        }
        socket->seats[at].last = (uint32_t)number + 1;
    }
    message->got++;
    if (is_measuring) class->delivered++;
    if (message->counts) note_span(&class->deliveries, now - message->due);
    if (is_echo_the_ack() && socket == &sockets[rooms[message->room].first])
        note_ack(number, now);
    else
        finish_if_whole(message, now);
}

/* Of a channel, as large rooms are, only who shows it gets every message. */
static void look(Socket *socket) {
    char text[160];
    int length = snprintf(text, sizeof text, "{\"type\":\"conversation.watch\",\"conversation_id\":\"%s\"}",
                          rooms[socket->seats[0].room].name);
    write_text(socket, text, (size_t)length);
}

static void begin(Socket *socket, uint64_t now) {
    socket->state = OPEN;
    opening--;
    opened++;
    note_span(&openings, now - socket->began);
    if (kind == PARLEY && socket->seats_count) look(socket);
}

static void let_go(Socket *socket) {
    static int told;
    if (told++ < 3) fprintf(stderr, "socket %zu was lost in state %d\n", (size_t)(socket - sockets), socket->state);
    if (socket->state < OPEN) opening--;
    socket->state = CLOSED;
    close(socket->fd);
}

static int starts(const Frame *frame, const char *text) {
    size_t length = strlen(text);
    return frame->size >= length && !memcmp(frame->payload, text, length);
}

static void note_refusal(const Frame *frame) {
    if (!classes[0].refused++) fprintf(stderr, "refused: %.*s\n", (int)frame->size, frame->payload);
}

static void hear_parley(Socket *socket, const Frame *frame, uint64_t now) {
    if (starts(frame, "{\"type\":\"ack\"")) {
        uint8_t *key = memmem(frame->payload, frame->size, "\"key\":\"", 7);
        if (key) note_ack(strtoul((char *)key + 7 + 24, NULL, 16), now);
    } else if (starts(frame, "{\"type\":\"conversations.page\"")) {
        if (socket->state == BEGINNING && memmem(frame->payload, frame->size, "\"more\":false}", 13)) begin(socket, now);
    } else if (starts(frame, "{\"type\":\"history.page\"")) {
        answers += !socket->answered;
        socket->answered = 1;
    } else if (starts(frame, "{\"type\":\"keys.issued\"")) {
        uint8_t *prefix = memmem(frame->payload, frame->size, "\"prefix\":\"", 10);
        if (prefix) memcpy(socket->keys, prefix + 10, KEY_PREFIX);
    } else if (starts(frame, "{\"type\":\"error\"")) {
        note_refusal(frame);
    }
}

/* Hello, and who it is; the server takes one after the other. */
static void introduce(Socket *socket) {
    char text[512];
    int length = snprintf(text, sizeof text, "{\"hi\":{\"id\":\"h\",\"ver\":\"0.25\",\"ua\":\"bench\"}}");
    write_text(socket, text, (size_t)length);
    length = snprintf(text, sizeof text, "{\"login\":{\"id\":\"l\",\"scheme\":\"token\",\"secret\":\"%s\"}}", socket->ticket);
    write_text(socket, text, (size_t)length);
}

/* Whose room is "me" wants the list of its conversations, and is open when that has come. */
static int wants_list(const Socket *socket) { return !strcmp(rooms[socket->seats[0].room].name, "me"); }

static void attach(Socket *socket) {
    char text[160];
    int length = snprintf(text, sizeof text, "{\"sub\":{\"id\":\"s\",\"topic\":\"%s\"%s}}", rooms[socket->seats[0].room].name,
                          wants_list(socket) ? ",\"get\":{\"what\":\"sub\"}" : "");
    write_text(socket, text, (size_t)length);
}

/* What answers a request of ours, by the letter its id begins with. */
static void hear_answer(Socket *socket, const Frame *frame, uint64_t now) {
    const uint8_t *id = frame->payload + strlen(TINODE_ANSWER);
    uint8_t *found = memmem(frame->payload, frame->size, "\"code\":", 7);
    long code = found ? strtol((char *)found + 7, NULL, 10) : 0;
    if (code == 503 && *id == 's') {
        attach(socket);  // again: somebody's joining has it loaded just now
    } else if (code >= 300) {
        note_refusal(frame);
        if (socket->state == BEGINNING) let_go(socket);
    } else if (*id == 'p') {
        note_ack(strtoul((char *)id + 1, NULL, 16), now);
    } else if (*id == 'l' && socket->seats_count) {
        attach(socket);
    } else if (*id == 'l' || (*id == 's' && !wants_list(socket))) {
        begin(socket, now);
    }
}

static void hear_tinode(Socket *socket, const Frame *frame, uint64_t now) {
    if (starts(frame, TINODE_ANSWER)) hear_answer(socket, frame, now);
    if (starts(frame, "{\"meta\"") && socket->state == BEGINNING) begin(socket, now);
}

static void hear(Socket *socket, const Frame *frame, uint64_t now) {
    if (frame->opcode == PING) {
        uint8_t wire[140];
        size_t head = put_header(wire, PONG, frame->size, 1);
        memcpy(wire + head, frame->payload, frame->size);
        send(socket->fd, wire, head + frame->size, MSG_NOSIGNAL);
        return;
    }
    if (frame->opcode == CLOSE) {
        static int told;
        if (told++ < 3) fprintf(stderr, "closed: %u\n", frame->size > 1 ? frame->payload[0] << 8 | frame->payload[1] : 0);
        return;
    }
    uint8_t *mark = memchr(frame->payload, '=', frame->size);
    if (kind == PARLEY && !starts(frame, "{\"type\":\"message.sent\""))
        hear_parley(socket, frame, now);
    else if (kind == TINODE && !starts(frame, "{\"data\""))
        hear_tinode(socket, frame, now);
    else if (mark && frame->payload + frame->size - mark > 9 && mark[9] == '=')
        note_delivery(socket, strtoul((char *)mark + 1, NULL, 16), now);
}

/* --- the sockets */

static void start_opening(Socket *one, uint64_t now) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)one->port)};
    struct linger at_once_gone = {1, 0};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    one->fd = socket(AF_INET, SOCK_STREAM, 0);
    if (one->fd < 0) die("socket");
    prepare_socket(one->fd);
    setsockopt(one->fd, SOL_SOCKET, SO_LINGER, &at_once_gone, sizeof at_once_gone);
    if (connect(one->fd, (struct sockaddr *)&address, sizeof address) && errno != EINPROGRESS) die("connect");
    one->state = CONNECTING;
    one->began = now;
    one->rest = get(1, 1);
    opening++;
    watch(epoll, one->fd, EPOLLOUT, one, EPOLL_CTL_ADD);
}

static void open_more(uint64_t now) {
    while (next_to_open < sockets_count && opening < (size_t)at_once) start_opening(&sockets[next_to_open++], now);
}

static void shake_hands(Socket *socket) {
    char text[2048];
    int length = snprintf(text, sizeof text,
                          "GET %s HTTP/1.1\r\nHost: 127.0.0.1:%d\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Origin: http://127.0.0.1:%d\r\nSec-WebSocket-Key: " KEY "\r\nSec-WebSocket-Version: 13\r\n",
                          socket->path, socket->port, socket->port);
    if (kind == PARLEY && strcmp(socket->ticket, "-"))
        length += snprintf(text + length, sizeof text - (size_t)length, "Sec-WebSocket-Protocol: parley.v1, ticket.%s\r\n",
                           socket->ticket);
    if (strcmp(socket->cookie, "-"))
        length += snprintf(text + length, sizeof text - (size_t)length, "Cookie: sessionid=%s\r\n", socket->cookie);
    length += snprintf(text + length, sizeof text - (size_t)length, "\r\n");
    if (send(socket->fd, text, (size_t)length, MSG_NOSIGNAL) != length) die("handshake");
    socket->state = SHAKING;
    watch(epoll, socket->fd, EPOLLIN, socket, EPOLL_CTL_MOD);
}

static size_t take_answer(Socket *socket, uint8_t *data, size_t length, uint64_t now) {
    uint8_t *end = memmem(data, length, "\r\n\r\n", 4);
    if (!end) return 0;
    if (memcmp(data, "HTTP/1.1 101", 12)) {
        fprintf(stderr, "refused: %.*s\n", (int)(end - data), data);
        exit(1);
    }
    socket->state = BEGINNING;
    if (kind == TINODE)
        introduce(socket);
    else if (kind != PARLEY)
        begin(socket, now);
    return (size_t)(end + 4 - data);
}

static void read_from(Socket *socket) {
    memcpy(buffer, socket->rest, socket->rest_length);
    ssize_t got = recv(socket->fd, buffer + socket->rest_length, READ_BYTES - socket->rest_length, 0);
    if (got < 0 && errno == EAGAIN) return;
    if (got <= 0) {
        let_go(socket);
        return;
    }
    uint64_t now = now_ns();
    size_t length = socket->rest_length + (size_t)got, taken = 0, step;
    Frame frame;
    if (socket->state == SHAKING) taken = take_answer(socket, buffer, length, now);
    if (socket->state > SHAKING)
        while ((step = take_frame(buffer + taken, length - taken, &frame))) {
            taken += step;
            hear(socket, &frame, now);
        }
    if (length == taken && !socket->rest_length) return;
    socket->rest_length = length - taken;
    socket->rest = realloc(socket->rest, socket->rest_length + 1);
    memcpy(socket->rest, buffer + taken, socket->rest_length);
}

/* Serves what is ready, waiting until `until` at most. Whether there is a line of orders to read. */
static int turn(uint64_t until) {
    struct epoll_event events[EVENTS];
    uint64_t now = now_ns(), wait = until > now ? until - now : 0;
    struct timespec span = {(time_t)(wait / 1000000000u), (long)(wait % 1000000000u)};
    int ready = epoll_pwait2(epoll, events, EVENTS, &span, NULL), is_ordered = 0;
    for (int at = 0; at < ready; at++) {
        Socket *socket = events[at].data.ptr;
        if (!socket)
            is_ordered = 1;
        else if (socket->state == CONNECTING)
            shake_hands(socket);
        else
            read_from(socket);
    }
    return is_ordered;
}

/* --- orders */

static Class *class_of(const char *name) {
    for (size_t at = 0; at < classes_count; at++)
        if (!strcmp(classes[at].name, name)) return &classes[at];
    if (classes_count == CLASSES) die("classes");
    snprintf(classes[classes_count].name, sizeof classes[0].name, "%s", name);
    return &classes[classes_count++];
}

static enum Kind kind_of(const char *name) {
    static const char *names[] = {[PARLEY] = "parley", [TUTORIAL] = "tutorial", [PLAIN] = "plain", [TINODE] = "tinode"};
    enum Kind at = PARLEY;
    while (strncmp(name, names[at], strlen(names[at])))
        if (++at > TINODE) die(name);
    return at;
}

static void add_socket(const char *line) {
    char path[256], ticket[256], cookie[256];
    Socket socket = {0};
    if (sscanf(line, "socket %d %255s %255s %255s", &socket.port, path, ticket, cookie) != 4) die(line);
    socket.path = strdup(path);
    socket.ticket = strdup(ticket);
    socket.cookie = strdup(cookie);
    if (sockets_count == SOCKETS_MOST) die("too many sockets");
    snprintf(socket.keys, sizeof socket.keys, "%08x-0000-4000-8000-", nonce);
    sockets[sockets_count++] = socket;
}

static void add_room(const char *line) {
    char name[32];
    Room room = {0};
    if (sscanf(line, "room %31s %63s %u %u", name, room.name, &room.first, &room.count) != 4) die(line);
    room.class = class_of(name);
    rooms = realloc(rooms, (rooms_count + 1) * sizeof *rooms);
    Class *class = room.class;
    class->rooms = realloc(class->rooms, (class->rooms_count + 1) * sizeof *class->rooms);
    class->rooms[class->rooms_count++] = (uint32_t)rooms_count;
    for (uint32_t at = room.first; at < room.first + room.count; at++) {
        Socket *socket = &sockets[at];
        socket->seats = realloc(socket->seats, (socket->seats_count + 1) * sizeof *socket->seats);
        socket->seats[socket->seats_count++] = (Seat){(uint32_t)rooms_count, 0};
    }
    rooms[rooms_count++] = room;
}

static void open_all(void) {
    double before[PIDS + 1], after[PIDS + 1];
    uint64_t began = now_ns(), until = began + 120000000000u;
    note_cpu(before);
    while (opened < sockets_count && now_ns() < until && (opening || next_to_open < sockets_count)) {
        open_more(now_ns());
        turn(now_ns() + 100000000u);
    }
    note_cpu(after);
    printf("{\"opened\": %zu, \"of\": %zu, \"seconds\": %.4f, ", opened, sockets_count, (double)(now_ns() - began) / 1e9);
    print_spans("took", &openings);
    printf(", ");
    print_cpu(before, after);
    printf("}\n");
}

static void set_modes(char *words) {
    for (size_t at = 0; at < classes_count; at++) {
        Class *class = &classes[at];
        class->mode = SILENT;
        class->sent = class->acked = class->delivered = class->missing = class->doubled = class->refused = 0;
        memset(&class->acks, 0, sizeof class->acks);
        memset(&class->deliveries, 0, sizeof class->deliveries);
        memset(&class->lasts, 0, sizeof class->lasts);
    }
    for (char *word = strtok(words, " \n"); word; word = strtok(NULL, " \n")) {
        char name[32], mode[16];
        double value;
        if (sscanf(word, "%31[^=]=%15[^:]:%lf", name, mode, &value) != 3) die(word);
        Class *class = class_of(name);
        class->mode = !strcmp(mode, "closed") ? CLOSED_LOOP : !strcmp(mode, "open") ? OPEN_LOOP : BURST;
        class->value = value;
        class->step = (uint64_t)(1e9 / value);
    }
}

static void start_classes(uint64_t now) {
    for (size_t at = 0; at < classes_count; at++) {
        Class *class = &classes[at];
        class->due = now + class->step;
        for (size_t room = 0; room < class->rooms_count && class->mode != OPEN_LOOP; room++)
            for (int count = 0; class->mode != SILENT && count < (int)class->value; count++)
                speak(&rooms[class->rooms[room]], now);
    }
}

/* Says what is due; gives when the next will be. */
static uint64_t keep_pace(uint64_t until) {
    for (size_t at = 0; at < classes_count; at++) {
        Class *class = &classes[at];
        if (class->mode != OPEN_LOOP) continue;
        for (uint64_t now = now_ns(); class->due <= now; class->due += class->step)
            speak(&rooms[class->rooms[class->next_room++ % class->rooms_count]], class->due);
        if (class->due < until) until = class->due;
    }
    return until;
}

static void go_on_until(uint64_t until) {
    while (now_ns() < until) turn(keep_pace(until));
}

static int has_burst(void) {
    for (size_t at = 0; at < classes_count; at++)
        if (classes[at].mode == BURST) return 1;
    return 0;
}

/* Waits for what is under way, `patience` seconds at most. */
static void drain(double patience) {
    is_sending = 0;
    uint64_t until = now_ns() + (uint64_t)(patience * 1e9);
    while (under_way && now_ns() < until) turn(now_ns() + 10000000u);
}

static void print_class(const Class *class) {
    printf("\"%s\": {\"sent\": %lu, \"acked\": %lu, \"delivered\": %lu, \"lost\": %lu, \"doubled\": %lu, \"refused\": %lu, ",
           class->name, class->sent, class->acked, class->delivered, class->missing, class->doubled, class->refused);
    print_spans("ack", &class->acks);
    printf(", ");
    print_spans("delivery", &class->deliveries);
    printf(", ");
    print_spans("last", &class->lasts);
    printf("}");
}

static void run(const char *line) {
    double seconds, warm, patience, before[PIDS + 1], after[PIDS + 1];
    int length;
    char words[512];
    if (sscanf(line, "run %lf %lf %lf %n", &seconds, &warm, &patience, &length) != 3) die(line);
    snprintf(words, sizeof words, "%s", line + length);
    set_modes(words);
    size_t first = messages_count;
    int is_burst = has_burst();
    uint64_t began = now_ns();
    is_sending = 1;
    is_measuring = is_burst;
    note_cpu(before);
    start_classes(began);
    if (is_burst) {
        drain(patience);
    } else {
        go_on_until(began + (uint64_t)(warm * 1e9));
        note_cpu(before);
        is_measuring = 1;
        began = now_ns();
        go_on_until(began + (uint64_t)(seconds * 1e9));
    }
    double took = (double)(now_ns() - began) / 1e9;
    note_cpu(after);
    is_measuring = 0;
    if (!is_burst) drain(patience);
    for (size_t at = first; at < messages_count; at++) {
        Room *room = &rooms[messages[at].room];
        room->class->missing += room->count - messages[at].got + !messages[at].acked;
    }
    under_way = 0;
    printf("{\"seconds\": %.4f, ", took);
    print_cpu(before, after);
    printf(", \"classes\": {");
    for (size_t at = 0; at < classes_count; at++) {
        if (at) printf(", ");
        print_class(&classes[at]);
    }
    printf("}}\n");
}

static void ask(const char *text) {
    uint64_t began = now_ns();
    answers = 0;
    for (size_t at = 0; at < sockets_count; at++) {
        sockets[at].answered = 0;
        write_text(&sockets[at], text, strcspn(text, "\n"));
    }
    while (answers < sockets_count && now_ns() < began + ANSWERS_NS) turn(now_ns() + 10000000u);
    printf("{\"asked\": %zu, \"answered\": %zu, \"seconds\": %.4f}\n", sockets_count, answers, (double)(now_ns() - began) / 1e9);
}

static void obey(char *line) {
    if (!strncmp(line, "socket ", 7)) add_socket(line);
    else if (!strncmp(line, "room ", 5)) add_room(line);
    else if (!strncmp(line, "kind ", 5)) kind = kind_of(line + 5);
    else if (!strncmp(line, "watch ", 6) && pids_count < PIDS) pids[pids_count++] = atoi(line + 6);
    else if (!strncmp(line, "at_once ", 8)) at_once = atoi(line + 8);
    else if (!strncmp(line, "open", 4)) open_all();
    else if (!strncmp(line, "run ", 4)) run(line);
    else if (!strncmp(line, "ask ", 4)) ask(line + 4);
    else die(line);
    fflush(stdout);
}

/* Orders, line by line; between them the sockets are served. */
static void obey_all(void) {
    static char orders[65536];
    size_t held = 0;
    for (;;) {
        if (!turn(now_ns() + 1000000000u)) continue;
        ssize_t got = read(0, orders + held, sizeof orders - held - 1);
        if (got <= 0) return;
        held += (size_t)got;
        orders[held] = 0;
        char *line = orders, *end;
        while ((end = memchr(line, '\n', held - (size_t)(line - orders)))) {
            *end = 0;
            obey(line);
            line = end + 1;
        }
        held -= (size_t)(line - orders);
        memmove(orders, line, held);
    }
}

int main(void) {
    allow_many_files();
    memset(filler, 'x', BODY_BYTES);
    for (int at = 6; at < BODY_BYTES; at += 7) filler[at] = ' ';
    sockets = get(SOCKETS_MOST, sizeof *sockets);
    nonce = (uint32_t)now_ns() ^ (uint32_t)getpid() << 16;
    epoll = epoll_create1(0);
    watch(epoll, 0, EPOLLIN, NULL, EPOLL_CTL_ADD);
    obey_all();
    return 0;
}
