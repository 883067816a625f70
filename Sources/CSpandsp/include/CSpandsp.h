// What we use of libspandsp: G.722, bit exact with the ITU's, and fax machines.
//
// The headers of its fax machines stay in fax.c: they bring the C library's functions into a second
// module, which Foundation's optimizer takes for others.
#pragma once
#include <stdbool.h>
#include <stdint.h>
#include <spandsp/telephony.h>
#include <spandsp/g722.h>

// Takes an IFP packet that the machine wants sent.
typedef void (*cspandsp_send)(void *owner, const uint8_t *packet, int length);

// A fax machine that is called: by sound, or by T.38.
typedef struct cspandsp_fax cspandsp_fax;

// What has come so far. `result`: T.30's, 0 good, -1 none yet.
typedef struct {
    int pages, bit_rate, rows, result;
    bool corrects_errors;
} cspandsp_fax_standing;

// `path`: where pages go, as Group 4 in a TIFF. `send` NULL: by sound; else packets of T.38 go there, in
// datagrams of so many bytes at most.
cspandsp_fax *cspandsp_fax_answer(
    const char *path, const char *identity, cspandsp_send send, int longest, void *owner);
void cspandsp_fax_free(cspandsp_fax *machine);

// Takes `count` samples and puts as many in their place.
void cspandsp_fax_exchange(cspandsp_fax *machine, int16_t *samples, int count);

// Takes an IFP packet of the sender.
void cspandsp_fax_take(cspandsp_fax *machine, const uint8_t *packet, int length, uint16_t number);

// So many samples' time has passed.
void cspandsp_fax_pass_time(cspandsp_fax *machine, int count);

// The call is over, whatever T.30 thinks of it.
void cspandsp_fax_terminate(cspandsp_fax *machine);

bool cspandsp_fax_is_over(cspandsp_fax *machine);

// A frame of T.30 came: whoever calls is a fax machine.
bool cspandsp_fax_has_heard(cspandsp_fax *machine);

cspandsp_fax_standing cspandsp_fax_stands(cspandsp_fax *machine);

// In words; empty without a result.
const char *cspandsp_fax_words(cspandsp_fax *machine);

// What the sender calls itself (TSI).
const char *cspandsp_fax_sender(cspandsp_fax *machine);
