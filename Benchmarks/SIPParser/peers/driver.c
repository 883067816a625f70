// Times one parser on files that hold one message each.
//   -e  the 38 essential fields, else only what the parser does by itself
//   -s SECONDS for each file (0.3)      -c COUNT instead of a time, prints nothing (for callgrind)
//   -d  prints the fields that were found
// Prints a line for each file: parser, work, file, messages a second of thread CPU time.
#include "driver.h"
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static volatile uint64_t sink;

static double thread_seconds(void) {
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

// Uses every field, so that none is optimised away.
static void use(const struct fields *fields) {
    const struct slice *slices = &fields->method;
    const long *numbers = &fields->status;
    uint64_t sum = 0;
    for (size_t index = 0; index < 26; index++) sum += slices[index].length * (index + 1);
    for (size_t index = 0; index < 12; index++) sum += (uint64_t)numbers[index] * (index + 3);
    sink += sum;
}

static void print(const struct fields *fields) {
    static const char *const names[] = {
        "method",    "r_user",  "r_host",  "via_tp",  "via_host", "via_branch", "via_recv",
        "f_user",    "f_host",  "f_tag",   "t_user",  "t_host",   "t_tag",      "callid",
        "cs_method", "c_user",  "c_host",  "a_user",  "a_realm",  "a_nonce",    "a_uri",
        "a_resp",    "a_qop",   "a_nc",    "a_cnonce"};
    static const char *const number_names[] = {"status", "r_port", "via_port", "via_rport",
                                               "f_port", "t_port", "c_port",   "c_exp",
                                               "cseq",   "maxf",   "clen",     "expires"};
    const struct slice *slices = &fields->method;
    const long *numbers = &fields->status;
    for (int index = 0; index < 25; index++)
        printf("%s=%.*s\n", names[index], (int)slices[index].length,
               slices[index].start ? slices[index].start : "");
    printf("body_len=%zu\n", fields->body.length);
    for (int index = 0; index < 12; index++) printf("%s=%ld\n", number_names[index], numbers[index]);
}

static char *contents(const char *path, size_t *length) {
    FILE *file = fopen(path, "rb");
    if (!file) return NULL;
    char *bytes = malloc(65537);
    *length = bytes ? fread(bytes, 1, 65536, file) : 0;
    if (bytes) bytes[*length] = 0;
    fclose(file);
    return bytes;
}

static bool run(const char *bytes, size_t length, bool wants_fields, long count) {
    for (long index = 0; index < count; index++) {
        struct fields fields = {0};
        if (!parser_run(bytes, length, wants_fields, &fields, use)) return false;
    }
    return true;
}

int main(int count, char **arguments) {
    bool wants_fields = false, dumps = false;
    double seconds = 0.3;
    long fixed = 0;
    parser_start();
    for (int index = 1; index < count; index++) {
        const char *argument = arguments[index];
        if (!strcmp(argument, "-e")) { wants_fields = true; continue; }
        if (!strcmp(argument, "-d")) { dumps = true; continue; }
        if (!strcmp(argument, "-s")) { seconds = atof(arguments[++index]); continue; }
        if (!strcmp(argument, "-c")) { fixed = atol(arguments[++index]); continue; }
        size_t length;
        char *bytes = contents(argument, &length);
        const char *slash = strrchr(argument, '/');
        const char *name = slash ? slash + 1 : argument;
        if (!bytes) {
            perror(argument);
            return 1;
        }
        if (dumps) {
            struct fields fields = {0};
            bool taken = parser_run(bytes, length, true, &fields, print);
            printf("%s rc=%d\n", name, taken ? 0 : -1);
        } else if (!run(bytes, length, wants_fields, fixed > 0 ? fixed : 1)) {
            printf("%s %s %s FAIL\n", parser_name, wants_fields ? "ess" : "native", name);
        } else if (fixed == 0) {
            long done = 0;
            double start = thread_seconds(), now;
            do {
                run(bytes, length, wants_fields, 256);
                done += 256;
                now = thread_seconds();
            } while (now - start < seconds);
            printf("%s %s %s %.0f\n", parser_name, wants_fields ? "ess" : "native", name,
                   (double)done / (now - start));
        }
        fflush(stdout);
        free(bytes);
    }
    return 0;
}
