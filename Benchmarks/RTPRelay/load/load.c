// load TABLE CALLS SECONDS PID
//
// Plays both ends of G.711 calls through a relay: party i is 127.77.0.2:(20000+i) and sends 172 bytes
// every 20 ms to line i of TABLE (`address port`, and its own port where that is another); what it
// sends must arrive at party i^1, unchanged but for the payload type. Sending is spread evenly over the 20 ms. Two seconds of warm-up, then the
// CPU time of all threads of PID is measured from /proc (nanoseconds) against the packets received.
//
// Prints one line of name=value pairs.
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

enum { LENGTH = 172, WARM_UP_FRAMES = 100, BUCKETS = 100000 };

struct party {
    int socket;
    struct sockaddr_in relay;
    uint32_t last_frame;
};

static struct party *parties;
static int party_count;
static uint32_t first_measured = WARM_UP_FRAMES;
static uint64_t received, wrong, reordered, delays[BUCKETS];

static int64_t clock_ns(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * 1000000000ll + time.tv_nsec;
}

// Nanoseconds that all threads of a process ran: the scheduler's own count.
static double cpu_seconds(int pid) {
    char path[64];
    double total = 0;
    snprintf(path, sizeof path, "/proc/%d/task", pid);
    DIR *tasks = opendir(path);
    if (!tasks) return 0;
    for (struct dirent *task; (task = readdir(tasks));) {
        if (task->d_name[0] == '.') continue;
        char name[400];
        snprintf(name, sizeof name, "%s/%s/schedstat", path, task->d_name);
        FILE *file = fopen(name, "r");
        uint64_t ns = 0;
        if (file && fscanf(file, "%" SCNu64, &ns) == 1) total += ns / 1e9;
        if (file) fclose(file);
    }
    closedir(tasks);
    return total;
}

static void fill(uint8_t *packet, int party, uint32_t frame) {
    uint32_t stamp = htonl(frame * 160), ssrc = htonl(0xA0000000u + party);
    int64_t now = clock_ns();
    memset(packet, 0xd5, LENGTH);
    packet[0] = 0x80;
    packet[1] = 8;
    packet[2] = frame >> 8;
    packet[3] = frame;
    memcpy(packet + 4, &stamp, 4);
    memcpy(packet + 8, &ssrc, 4);
    memcpy(packet + 12, &frame, 4);
    memcpy(packet + 16, &now, 8);
}

static void take(int index) {
    uint8_t packet[2048];
    ssize_t length;
    while ((length = recv(parties[index].socket, packet, sizeof packet, MSG_DONTWAIT)) > 0) {
        uint32_t frame, ssrc = htonl(0xA0000000u + (index ^ 1));
        int64_t sent;
        memcpy(&frame, packet + 12, 4);
        memcpy(&sent, packet + 16, 8);
        if (length != LENGTH || memcmp(packet + 8, &ssrc, 4) || packet[LENGTH - 1] != 0xd5) {
            wrong++;
            continue;
        }
        if (frame < first_measured) continue;
        received++;
        if (frame < parties[index].last_frame) reordered++;
        parties[index].last_frame = frame;
        int64_t bucket = (clock_ns() - sent) / 1000;
        delays[bucket < 0 ? 0 : bucket >= BUCKETS ? BUCKETS - 1 : bucket]++;
    }
}

int main(int count, char **words) {
    if (count < 5) return fprintf(stderr, "usage: load TABLE CALLS SECONDS PID\n"), 2;
    party_count = 2 * atoi(words[2]);
    uint32_t frames = WARM_UP_FRAMES + 50 * atoi(words[3]);
    int pid = atoi(words[4]);
    parties = calloc(party_count, sizeof *parties);
    FILE *table = fopen(words[1], "r");
    if (!table) return perror(words[1]), 1;
    for (int i = 0; i < party_count; i++) {
        char line[128], address[64];
        int port, own_port = 20000 + i;
        if (!fgets(line, sizeof line, table) || sscanf(line, "%63s %d %d", address, &port, &own_port) < 2)
            return fprintf(stderr, "table ends early\n"), 1;
        struct sockaddr_in own = {.sin_family = AF_INET, .sin_port = htons(own_port)};
        inet_pton(AF_INET, "127.77.0.2", &own.sin_addr);
        parties[i].relay.sin_family = AF_INET;
        parties[i].relay.sin_port = htons(port);
        inet_pton(AF_INET, address, &parties[i].relay.sin_addr);
        parties[i].socket = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
        if (bind(parties[i].socket, (struct sockaddr *)&own, sizeof own) < 0) return perror("bind"), 1;
    }
    fclose(table);

    uint64_t sent = 0, refused = 0;
    double before = 0, after;
    int64_t began = 0, next = clock_ns();
    for (uint32_t frame = 0; frame < frames; frame++) {
        if (frame == first_measured) before = cpu_seconds(pid), began = clock_ns();
        for (int slot = 0; slot < 20; slot++) {
            next += 1000000;
            for (int i = slot; i < party_count; i += 20) {
                uint8_t packet[LENGTH];
                fill(packet, i, frame);
                ssize_t done = sendto(parties[i].socket, packet, LENGTH, MSG_DONTWAIT,
                                      (struct sockaddr *)&parties[i].relay, sizeof parties[i].relay);
                if (done != LENGTH) refused++;
                else if (frame >= first_measured) sent++;
            }
            for (int i = (slot + 15) % 20; i < party_count; i += 20) take(i);
            struct timespec until = {next / 1000000000, next % 1000000000};
            if (clock_ns() < next) clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL);
        }
    }
    double seconds = (clock_ns() - began) / 1e9;
    usleep(100000);
    after = cpu_seconds(pid);
    for (int i = 0; i < party_count; i++) take(i);

    uint64_t sum = 0;
    int median = 0, late = 0;
    for (int us = 0; us < BUCKETS; us++) {
        sum += delays[us];
        if (!median && sum * 2 >= received) median = us;
        if (sum * 100 >= received * 99) { late = us; break; }
    }
    printf("sent=%" PRIu64 " lost=%" PRId64 " wrong=%" PRIu64 " reordered=%" PRIu64 " refused=%" PRIu64
           " seconds=%.2f seen_after_us_p50=%d p99=%d cpu_us_per_packet=%.3f\n",
           sent, (int64_t)(sent - received), wrong, reordered, refused, seconds, median, late,
           received ? (after - before) * 1e6 / received : 0.0);
    return 0;
}
