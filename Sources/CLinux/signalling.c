#include "CLinuxSignalling.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/errqueue.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <netinet/ip_icmp.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <time.h>
#include <unistd.h>

static const uint8_t mapped_prefix[12] = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};

static bool is_v4(const struct clinux_address *address) {
    return memcmp(address->bytes, mapped_prefix, sizeof mapped_prefix) == 0;
}

static socklen_t to_socket_address(const struct clinux_address *from, struct sockaddr_storage *to) {
    memset(to, 0, sizeof *to);
    if (is_v4(from)) {
        struct sockaddr_in *v4 = (struct sockaddr_in *)to;
        v4->sin_family = AF_INET;
        v4->sin_port = htons(from->port);
        memcpy(&v4->sin_addr, from->bytes + 12, 4);
        return sizeof *v4;
    }
    struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)to;
    v6->sin6_family = AF_INET6;
    v6->sin6_port = htons(from->port);
    v6->sin6_scope_id = from->scope;
    memcpy(&v6->sin6_addr, from->bytes, 16);
    return sizeof *v6;
}

static void set_v4(struct clinux_address *to, const void *bytes) {
    memcpy(to->bytes, mapped_prefix, sizeof mapped_prefix);
    memcpy(to->bytes + 12, bytes, 4);
    to->scope = 0;
}

static bool from_socket_address(const struct sockaddr_storage *from, struct clinux_address *to) {
    memset(to, 0, sizeof *to);
    if (from->ss_family == AF_INET) {
        const struct sockaddr_in *v4 = (const struct sockaddr_in *)from;
        set_v4(to, &v4->sin_addr);
        to->port = ntohs(v4->sin_port);
        return true;
    }
    if (from->ss_family != AF_INET6) return false;
    const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)from;
    memcpy(to->bytes, &v6->sin6_addr, 16);
    to->port = ntohs(v6->sin6_port);
    to->scope = v6->sin6_scope_id;
    return true;
}

static int set_option(int socket, int level, int name, int value) {
    return setsockopt(socket, level, name, &value, sizeof value) < 0 ? -errno : 0;
}

/// The privileged form first: it may pass the system-wide limit. Either may fall short silently.
static void set_buffers(int socket, int receive_buffer, int send_buffer) {
    if (set_option(socket, SOL_SOCKET, SO_RCVBUFFORCE, receive_buffer) < 0)
        set_option(socket, SOL_SOCKET, SO_RCVBUF, receive_buffer);
    if (set_option(socket, SOL_SOCKET, SO_SNDBUFFORCE, send_buffer) < 0)
        set_option(socket, SOL_SOCKET, SO_SNDBUF, send_buffer);
}

int clinux_datagram_open(const struct clinux_address *address, int receive_buffer, int send_buffer) {
    struct sockaddr_storage storage;
    socklen_t length = to_socket_address(address, &storage);
    int opened = socket(storage.ss_family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (opened < 0) return -errno;
    set_buffers(opened, receive_buffer, send_buffer);
    // Without it nobody knows how long a datagram waited; it is received all the same.
    set_option(opened, SOL_SOCKET, SO_TIMESTAMPNS, 1);
    int result;
    if (storage.ss_family == AF_INET) {
        result = set_option(opened, IPPROTO_IP, IP_PKTINFO, 1);
        if (result == 0) result = set_option(opened, IPPROTO_IP, IP_RECVERR, 1);
    } else {
        result = set_option(opened, IPPROTO_IPV6, IPV6_V6ONLY, 1);
        if (result == 0) result = set_option(opened, IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
        if (result == 0) result = set_option(opened, IPPROTO_IPV6, IPV6_RECVERR, 1);
    }
    if (result == 0 && bind(opened, (struct sockaddr *)&storage, length) < 0) result = -errno;
    if (result < 0) {
        close(opened);
        return result;
    }
    return opened;
}

int clinux_local_address(int socket, struct clinux_address *address) {
    struct sockaddr_storage storage;
    socklen_t length = sizeof storage;
    if (getsockname(socket, (struct sockaddr *)&storage, &length) < 0) return -errno;
    return from_socket_address(&storage, address) ? 0 : -EAFNOSUPPORT;
}

/// RFC 3261 section 18.4: unreachable hosts, networks, ports and protocols are failures; a time
/// that was exceeded or a parameter problem is not. A datagram that was too big for the path goes in
/// fragments when it is sent again, now that the kernel knows.
static int meaning_of(const struct sock_extended_err *report) {
    if (report->ee_errno == EMSGSIZE) return 0;
    if (report->ee_origin == SO_EE_ORIGIN_ICMP && report->ee_type != ICMP_UNREACH) return 0;
    if (report->ee_origin == SO_EE_ORIGIN_ICMP6 && report->ee_type != ICMP6_DST_UNREACH) return 0;
    return report->ee_errno ? (int)report->ee_errno : EIO;
}

static void read_control(struct msghdr *message, struct clinux_datagram *datagram) {
    for (struct cmsghdr *item = CMSG_FIRSTHDR(message); item; item = CMSG_NXTHDR(message, item)) {
        if (item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_PKTINFO) {
            struct in_pktinfo info;
            memcpy(&info, CMSG_DATA(item), sizeof info);
            // The destination of the header may be a broadcast address; this one can be a source.
            set_v4(&datagram->local, &info.ipi_spec_dst);
            datagram->has_local = info.ipi_spec_dst.s_addr != 0;
        } else if (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_PKTINFO) {
            struct in6_pktinfo info;
            memcpy(&info, CMSG_DATA(item), sizeof info);
            memcpy(datagram->local.bytes, &info.ipi6_addr, 16);
            // A multicast destination can't be a source.
            datagram->has_local = info.ipi6_addr.s6_addr[0] != 0xff;
        } else if ((item->cmsg_level == IPPROTO_IP && item->cmsg_type == IP_RECVERR)
                   || (item->cmsg_level == IPPROTO_IPV6 && item->cmsg_type == IPV6_RECVERR)) {
            struct sock_extended_err report;
            memcpy(&report, CMSG_DATA(item), sizeof report);
            datagram->error = meaning_of(&report);
        } else if (item->cmsg_level == SOL_SOCKET && item->cmsg_type == SCM_TIMESTAMPNS) {
            struct timespec arrived;
            memcpy(&arrived, CMSG_DATA(item), sizeof arrived);
            datagram->arrived = (int64_t)arrived.tv_sec * 1000000 + arrived.tv_nsec / 1000;
        }
    }
}

static int receive(int socket, void *buffer, size_t capacity, int flags,
                   struct clinux_datagram *datagram) {
    struct sockaddr_storage name;
    _Alignas(struct cmsghdr) uint8_t control[512];
    struct iovec vector = {.iov_base = buffer, .iov_len = capacity};
    struct msghdr message = {.msg_name = &name, .msg_namelen = sizeof name, .msg_iov = &vector,
                             .msg_iovlen = 1, .msg_control = control, .msg_controllen = sizeof control};
    memset(datagram, 0, sizeof *datagram);
    memset(&name, 0, sizeof name);
    ssize_t count = recvmsg(socket, &message, flags);
    if (count < 0) return -errno;
    datagram->length = (size_t)count;
    if (!from_socket_address(&name, &datagram->remote) && !(flags & MSG_ERRQUEUE)) return -EAFNOSUPPORT;
    read_control(&message, datagram);
    return 0;
}

int clinux_datagram_receive(int socket, void *buffer, size_t capacity, struct clinux_datagram *datagram) {
    return receive(socket, buffer, capacity, MSG_DONTWAIT | MSG_TRUNC, datagram);
}

int clinux_datagram_error(int socket, struct clinux_datagram *datagram) {
    uint8_t start[1];
    return receive(socket, start, sizeof start, MSG_DONTWAIT | MSG_ERRQUEUE, datagram);
}

int clinux_pending_error(int socket) {
    int error = 0;
    socklen_t length = sizeof error;
    if (getsockopt(socket, SOL_SOCKET, SO_ERROR, &error, &length) < 0) return errno;
    return error;
}

static void write_source(struct msghdr *message, const struct clinux_address *local) {
    struct cmsghdr *item = CMSG_FIRSTHDR(message);
    if (is_v4(local)) {
        struct in_pktinfo info = {0};
        memcpy(&info.ipi_spec_dst, local->bytes + 12, 4);
        item->cmsg_level = IPPROTO_IP;
        item->cmsg_type = IP_PKTINFO;
        item->cmsg_len = CMSG_LEN(sizeof info);
        memcpy(CMSG_DATA(item), &info, sizeof info);
        message->msg_controllen = CMSG_SPACE(sizeof info);
    } else {
        struct in6_pktinfo info = {0};
        memcpy(&info.ipi6_addr, local->bytes, 16);
        info.ipi6_ifindex = local->scope;
        item->cmsg_level = IPPROTO_IPV6;
        item->cmsg_type = IPV6_PKTINFO;
        item->cmsg_len = CMSG_LEN(sizeof info);
        memcpy(CMSG_DATA(item), &info, sizeof info);
        message->msg_controllen = CMSG_SPACE(sizeof info);
    }
}

int clinux_datagram_send(int socket, const void *bytes, size_t length, const struct clinux_address *remote,
                         const struct clinux_address *local) {
    struct sockaddr_storage name;
    socklen_t name_length = to_socket_address(remote, &name);
    _Alignas(struct cmsghdr) uint8_t control[CMSG_SPACE(sizeof(struct in6_pktinfo))];
    struct iovec vector = {.iov_base = (void *)bytes, .iov_len = length};
    struct msghdr message = {.msg_name = &name, .msg_namelen = name_length, .msg_iov = &vector,
                             .msg_iovlen = 1};
    if (local) {
        memset(control, 0, sizeof control);
        message.msg_control = control;
        message.msg_controllen = sizeof control;
        write_source(&message, local);
    }
    ssize_t count = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    return count < 0 ? -errno : 0;
}

int clinux_route_source(const struct clinux_address *remote, const struct clinux_address *bound,
                        struct clinux_address *source) {
    struct sockaddr_storage name;
    socklen_t name_length = to_socket_address(remote, &name);
    int probe = socket(name.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (probe < 0) return -errno;
    int result = 0;
    if (bound) {
        struct clinux_address any_port = *bound;
        any_port.port = 0;
        struct sockaddr_storage own;
        socklen_t own_length = to_socket_address(&any_port, &own);
        if (bind(probe, (struct sockaddr *)&own, own_length) < 0) result = -errno;
    }
    if (result == 0 && connect(probe, (struct sockaddr *)&name, name_length) < 0) result = -errno;
    if (result == 0) result = clinux_local_address(probe, source);
    close(probe);
    return result;
}

int clinux_processor_count(void) {
    cpu_set_t set;
    if (sched_getaffinity(0, sizeof set, &set) == 0 && CPU_COUNT(&set) > 0) return CPU_COUNT(&set);
    // More processors than the set has places for.
    long online = sysconf(_SC_NPROCESSORS_ONLN);
    return online > 0 ? (int)online : 1;
}

void clinux_name_thread(const char *name) { pthread_setname_np(pthread_self(), name); }

const char *clinux_error_text(int code) {
    const char *text = strerrordesc_np(code);
    return text ? text : "unknown error";
}
