#include "CLinuxMedia.h"

#include <endian.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

// The tokens are filled from a buffer on the stack: 12 bytes each on x86.
#define MEDIA_POLL_MAX 256

static bool is_v4(const struct clinux_media_address *address) {
    return address->high == 0 && address->low >> 32 == 0xffff;
}

static socklen_t to_v4(const struct clinux_media_address *from, struct sockaddr_in *to) {
    memset(to, 0, sizeof *to);
    to->sin_family = AF_INET;
    to->sin_port = htobe16(from->port);
    to->sin_addr.s_addr = htobe32((uint32_t)from->low);
    return sizeof *to;
}

static socklen_t to_v6(const struct clinux_media_address *from, struct sockaddr_in6 *to) {
    uint64_t high = htobe64(from->high);
    uint64_t low = htobe64(from->low);
    memset(to, 0, sizeof *to);
    to->sin6_family = AF_INET6;
    to->sin6_port = htobe16(from->port);
    memcpy(to->sin6_addr.s6_addr, &high, 8);
    memcpy(to->sin6_addr.s6_addr + 8, &low, 8);
    return sizeof *to;
}

int clinux_media_open(const struct clinux_media_address *address) {
    bool v4 = is_v4(address);
    int fd = socket(v4 ? AF_INET : AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (fd < 0) return -errno;
    // Expedited forwarding (RFC 3246, DSCP 46). Where it is refused, media still flows.
    int class = 46 << 2;
    int only = 1;
    struct sockaddr_in v4_address;
    struct sockaddr_in6 v6_address;
    int bound;
    if (v4) {
        setsockopt(fd, IPPROTO_IP, IP_TOS, &class, sizeof class);
        socklen_t length = to_v4(address, &v4_address);
        bound = bind(fd, (struct sockaddr *)&v4_address, length);
    } else {
        setsockopt(fd, IPPROTO_IPV6, IPV6_TCLASS, &class, sizeof class);
        setsockopt(fd, IPPROTO_IPV6, IPV6_V6ONLY, &only, sizeof only);
        socklen_t length = to_v6(address, &v6_address);
        bound = bind(fd, (struct sockaddr *)&v6_address, length);
    }
    if (bound < 0) {
        int code = errno;
        close(fd);
        return -code;
    }
    return fd;
}

int clinux_media_receive(int socket, void *buffer, size_t capacity, struct clinux_media_address *from) {
    struct sockaddr_in6 source;
    socklen_t length = sizeof source;
    ssize_t count = recvfrom(socket, buffer, capacity, MSG_DONTWAIT, (struct sockaddr *)&source, &length);
    if (count < 0) return -errno;
    if (source.sin6_family == AF_INET) {
        struct sockaddr_in v4;
        memcpy(&v4, &source, sizeof v4);
        from->high = 0;
        from->low = 0xffff00000000ull | be32toh(v4.sin_addr.s_addr);
        from->port = be16toh(v4.sin_port);
    } else {
        uint64_t high, low;
        memcpy(&high, source.sin6_addr.s6_addr, 8);
        memcpy(&low, source.sin6_addr.s6_addr + 8, 8);
        from->high = be64toh(high);
        from->low = be64toh(low);
        from->port = be16toh(source.sin6_port);
    }
    return (int)count;
}

int clinux_media_send(int socket, const void *bytes, size_t length, const struct clinux_media_address *to,
                      bool is_v6) {
    ssize_t count;
    if (is_v6) {
        struct sockaddr_in6 address;
        socklen_t size = to_v6(to, &address);
        count = sendto(socket, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&address, size);
    } else {
        struct sockaddr_in address;
        socklen_t size = to_v4(to, &address);
        count = sendto(socket, bytes, length, MSG_DONTWAIT | MSG_NOSIGNAL, (struct sockaddr *)&address, size);
    }
    return count < 0 ? -errno : (int)count;
}

int clinux_media_port(int socket) {
    struct sockaddr_in6 address;
    socklen_t length = sizeof address;
    if (getsockname(socket, (struct sockaddr *)&address, &length) < 0) return -errno;
    // The port lies at the same place in both families.
    return be16toh(address.sin6_port);
}

int clinux_media_poll_open(void) {
    int fd = epoll_create1(EPOLL_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int clinux_media_poll_add(int poll, int descriptor, uint64_t token) {
    struct epoll_event event = {.events = EPOLLIN, .data.u64 = token};
    return epoll_ctl(poll, EPOLL_CTL_ADD, descriptor, &event) < 0 ? -errno : 0;
}

int clinux_media_poll_remove(int poll, int descriptor) {
    struct epoll_event event = {0};
    return epoll_ctl(poll, EPOLL_CTL_DEL, descriptor, &event) < 0 ? -errno : 0;
}

int clinux_media_poll(int poll, uint64_t *tokens, int capacity, int64_t nanoseconds) {
    struct epoll_event events[MEDIA_POLL_MAX];
    if (capacity > MEDIA_POLL_MAX) capacity = MEDIA_POLL_MAX;
    // Rounded up: waking before the deadline would only wake again.
    int64_t milliseconds = nanoseconds < 0 ? -1 : nanoseconds / 1000000 + (nanoseconds % 1000000 != 0);
    if (milliseconds > 60000) milliseconds = 60000;
    int count = epoll_wait(poll, events, capacity, (int)milliseconds);
    if (count < 0) return errno == EINTR ? 0 : -errno;
    for (int index = 0; index < count; index++) tokens[index] = events[index].data.u64;
    return count;
}

int clinux_media_bell_open(void) {
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

int clinux_media_bell_ring(int bell) {
    uint64_t one = 1;
    return write(bell, &one, sizeof one) < 0 ? -errno : 0;
}

int clinux_media_bell_silence(int bell) {
    uint64_t count;
    return read(bell, &count, sizeof count) < 0 ? -errno : 0;
}

int clinux_memory_file(const char *name) {
    int fd = memfd_create(name, MFD_CLOEXEC);
    return fd < 0 ? -errno : fd;
}

void clinux_media_close(int descriptor) {
    close(descriptor);
}
