// Sockets and epoll for the media relay: as few copies and calls per packet as the kernel allows.
//
// Functions that return an int return a value of 0 or more, or the negated errno.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/// An address as its 128 bits in host order (IPv4 as ::ffff:a.b.c.d), and a port in host order.
struct clinux_media_address {
    uint64_t high;
    uint64_t low;
    uint16_t port;
};

/// Opens a non-blocking, close-on-exec datagram socket, bound, marked for expedited forwarding.
int clinux_media_open(const struct clinux_media_address *address);

/// Takes one datagram; its length, cut at the capacity.
int clinux_media_receive(int socket, void *buffer, size_t capacity, struct clinux_media_address *from);

/// Sends one datagram. `is_v6`: the family of the socket.
int clinux_media_send(int socket, const void *bytes, size_t length, const struct clinux_media_address *to,
                      bool is_v6);

/// The port that a socket is bound to.
int clinux_media_port(int socket);

/// Makes an epoll instance.
int clinux_media_poll_open(void);

/// Watches a descriptor for reading; the token comes back from clinux_media_poll.
int clinux_media_poll_add(int poll, int descriptor, uint64_t token);

/// Stops watching a descriptor that stays open.
int clinux_media_poll_remove(int poll, int descriptor);

/// Waits until something can be read, for at most so many nanoseconds (negative: for ever).
/// Fills in the tokens of what is ready.
int clinux_media_poll(int poll, uint64_t *tokens, int capacity, int64_t nanoseconds);

/// Makes a non-blocking eventfd, rings it, silences it.
int clinux_media_bell_open(void);
int clinux_media_bell_ring(int bell);
int clinux_media_bell_silence(int bell);

/// Makes a file without a name, in memory, close-on-exec; its descriptor.
int clinux_memory_file(const char *name);

/// Closes a descriptor; epoll forgets it by itself.
void clinux_media_close(int descriptor);

#ifdef __cplusplus
}
#endif
