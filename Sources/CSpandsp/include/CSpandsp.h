// What we use of libspandsp: G.722, bit exact with the ITU's, the detector of key tones, and fax machines;
// for benchmarks its G.711 and its concealment of losses.
//
// The headers of its fax machines stay in fax.c: they bring the C library's functions into a second
// module, which Foundation's optimizer takes for others.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <spandsp/telephony.h>
#include <spandsp/g722.h>

// Has the decoder's memory go on as though these samples had been encoded, sent and decoded: twice 12
// samples of the past first, unless it works at the narrow rate.
void cspandsp_g722_absorb(g722_decode_state_t *decoder, const int16_t *samples, int count);

// Key tones, as <spandsp/dtmf.h> has them.
typedef struct dtmf_rx_state_s dtmf_rx_state_t;
dtmf_rx_state_t *dtmf_rx_init(
    dtmf_rx_state_t *state, void (*callback)(void *owner, const char *digits, int count), void *owner);
int dtmf_rx_free(dtmf_rx_state_t *state);
int dtmf_rx(dtmf_rx_state_t *state, const int16_t samples[], int count);
int dtmf_rx_fillin(dtmf_rx_state_t *state, int count);
int dtmf_rx_status(dtmf_rx_state_t *state);
size_t dtmf_rx_get(dtmf_rx_state_t *state, char *digits, int limit);

// <spandsp/plc.h> and <spandsp/g711.h>; mode 0 is A-law, 1 is mu-law.
typedef struct plc_state_s plc_state_t;
plc_state_t *plc_init(plc_state_t *state);
int plc_rx(plc_state_t *state, int16_t samples[], int count);
int plc_fillin(plc_state_t *state, int16_t samples[], int count);
typedef struct g711_state_s g711_state_t;
g711_state_t *g711_init(g711_state_t *state, int mode);
int g711_encode(g711_state_t *state, uint8_t bytes[], const int16_t samples[], int count);
int g711_decode(g711_state_t *state, int16_t samples[], const uint8_t bytes[], int count);

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
