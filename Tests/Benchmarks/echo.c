// The least work of a WebSocket server: a thread with epoll that unmasks each message and sends it back. It checks nothing
// and does not hash the key of the handshake, so only Tests/Benchmarks/calls connects to it.
//
// Usage: echo; prints the URL of a free port of 127.0.0.1 and serves until it is killed. It accepts messages below 64 KiB.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { SIZE = 1 << 18 };

struct connection {
    int socket;
    int is_open;
    size_t count;
    uint8_t bytes[SIZE];
};

static uint8_t replies[SIZE];

// Appends the reply to each complete message to `replies`, removes the messages, and returns the number of bytes appended.
static size_t echo(struct connection *peer) {
    size_t read = 0, written = 0;
    while (peer->count - read >= 6) {
        const uint8_t *frame = peer->bytes + read;
        size_t length = frame[1] & 0x7F, head = 2;
        if (length == 126) {
            length = (size_t)frame[2] << 8 | frame[3];
            head = 4;
        }
        if (peer->count - read < head + 4 + length) break;
        const uint8_t *mask = frame + head, *payload = mask + 4;
        replies[written++] = frame[0];
        replies[written++] = frame[1] & 0x7F;
        if (head == 4) {
            replies[written++] = frame[2];
            replies[written++] = frame[3];
        }
        for (size_t index = 0; index < length; index++) replies[written++] = payload[index] ^ mask[index & 3];
        read += head + 4 + length;
    }
    peer->count -= read;
    memmove(peer->bytes, peer->bytes + read, peer->count);
    return written;
}

static void receive(struct connection *peer) {
    ssize_t count = recv(peer->socket, peer->bytes + peer->count, SIZE - peer->count, 0);
    if (count <= 0) {
        close(peer->socket);
        free(peer);
        return;
    }
    peer->count += (size_t)count;
    if (peer->is_open) {
        size_t length = echo(peer);
        if (length > 0 && send(peer->socket, replies, length, MSG_NOSIGNAL) < 0) perror("send");
    } else if (memmem(peer->bytes, peer->count, "\r\n\r\n", 4)) {
        static const char response[] = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n";
        peer->is_open = 1;
        peer->count = 0;
        if (send(peer->socket, response, sizeof response - 1, MSG_NOSIGNAL) < 0) perror("send");
    }
}

static int watch(int epoll, int socket, void *data) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = data};
    return epoll_ctl(epoll, EPOLL_CTL_ADD, socket, &event);
}

int main(void) {
    int listener = socket(AF_INET, SOCK_STREAM, 0), epoll = epoll_create1(0), enabled = 1;
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    if (bind(listener, (struct sockaddr *)&address, size) || listen(listener, 1024) || watch(epoll, listener, NULL)
        || getsockname(listener, (struct sockaddr *)&address, &size)) {
        perror("echo");
        return 1;
    }
    printf("ws://127.0.0.1:%d\n", ntohs(address.sin_port));
    fflush(stdout);
    for (;;) {
        struct epoll_event events[256];
        int count = epoll_wait(epoll, events, 256, -1);
        for (int index = 0; index < count; index++) {
            struct connection *peer = events[index].data.ptr;
            if (peer) {
                receive(peer);
                continue;
            }
            peer = calloc(1, sizeof *peer);
            peer->socket = accept(listener, NULL, NULL);
            setsockopt(peer->socket, IPPROTO_TCP, TCP_NODELAY, &enabled, sizeof enabled);
            watch(epoll, peer->socket, peer);
        }
    }
}
