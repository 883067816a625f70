// Datagram sockets for SIP: pktinfo, the error queue and route look-ups.
//
// Every function returns a value of 0 or more, or the negated errno.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#ifdef __cplusplus
extern "C" {
#endif

/// An address and port. IPv4 is kept as ::ffff:a.b.c.d; the port is in host order.
struct clinux_address {
    uint8_t bytes[16];
    uint16_t port;
    /// The interface of a link-local address, otherwise 0.
    uint32_t scope;
};

/// A datagram, or an error report from the network about one.
struct clinux_datagram {
    /// Its length; longer than the buffer where it was cut.
    size_t length;
    struct clinux_address remote;
    /// Our address that was hit; the port is not filled in.
    struct clinux_address local;
    bool has_local;
    /// When the kernel got it, in microseconds of the wall clock; 0 where it does not say.
    int64_t arrived;
    /// What the network said about a datagram of ours (an errno); 0 for one that was received, and
    /// for a report that is to be ignored.
    int error;
};

/// Opens a non-blocking, close-on-exec datagram socket of the address's family and binds it.
int clinux_datagram_open(const struct clinux_address *address, int receive_buffer, int send_buffer);

/// The address that a socket is bound to.
int clinux_local_address(int socket, struct clinux_address *address);

/// Takes the next datagram. -EAGAIN where there is none.
int clinux_datagram_receive(int socket, void *buffer, size_t capacity, struct clinux_datagram *datagram);

/// Takes the next report of the socket's error queue. -EAGAIN where there is none.
int clinux_datagram_error(int socket, struct clinux_datagram *datagram);

/// Takes and clears the socket's pending error; 0 where there is none.
int clinux_pending_error(int socket);

/// Sends a datagram. A local address other than NULL becomes its source.
int clinux_datagram_send(int socket, const void *bytes, size_t length, const struct clinux_address *remote,
                         const struct clinux_address *local);

/// The source address that the kernel would use towards a remote one, without sending anything.
/// Where `bound` is not NULL: whether that address reaches the remote one.
int clinux_route_source(const struct clinux_address *remote, const struct clinux_address *bound,
                        struct clinux_address *source);

/// The system's words for an errno; a constant.
const char *clinux_error_text(int code);

/// How many processors this process may use, at least 1.
int clinux_processor_count(void);

/// Names the calling thread (15 characters at most).
void clinux_name_thread(const char *name);

#ifdef __cplusplus
}
#endif
