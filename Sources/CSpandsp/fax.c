#include "CSpandsp.h"
#include <stdio.h>
#include <stdlib.h>
#include <tiffio.h>
#include <spandsp/logging.h>
#include <spandsp/complex.h>
#include <spandsp/dc_restore.h>
#include <spandsp/bit_operations.h>
#include <spandsp/queue.h>
#include <spandsp/vector_int.h>
#include <spandsp/complex_vector_int.h>
#include <spandsp/power_meter.h>
#include <spandsp/async.h>
#include <spandsp/hdlc.h>
#include <spandsp/fsk.h>
#include <spandsp/tone_detect.h>
#include <spandsp/tone_generate.h>
#include <spandsp/super_tone_rx.h>
#include <spandsp/silence_gen.h>
#include <spandsp/v29rx.h>
#include <spandsp/v29tx.h>
#include <spandsp/v17rx.h>
#include <spandsp/v17tx.h>
#include <spandsp/v27ter_rx.h>
#include <spandsp/v27ter_tx.h>
#include <spandsp/timezone.h>
#include <spandsp/t4_rx.h>
#include <spandsp/t4_tx.h>
#include <spandsp/image_translate.h>
#include <spandsp/t4_t6_decode.h>
#include <spandsp/t4_t6_encode.h>
#include <spandsp/t30.h>
#include <spandsp/t30_api.h>
#include <spandsp/t30_fcf.h>
#include <spandsp/t30_logging.h>
#include <spandsp/modem_connect_tones.h>
#include <spandsp/fax_modems.h>
#include <spandsp/fax.h>
#include <spandsp/t38_core.h>
#include <spandsp/t38_non_ecm_buffer.h>
#include <spandsp/t38_terminal.h>

// What only handlers are told is kept here.
struct cspandsp_fax {
    fax_state_t *fax;
    t38_terminal_state_t *terminal;
    t30_state_t *t30;
    cspandsp_send send;
    void *owner;
    int result;
    bool has_heard;
};

static void cspandsp_note_result(t30_state_t *t30, void *machine, int result) {
    (void)t30;
    ((cspandsp_fax *)machine)->result = result;
}

// A frame of T.30 came: whoever calls is a fax machine.
static void cspandsp_note_frame(
    t30_state_t *t30, void *machine, int is_incoming, const uint8_t *frame, int length) {
    (void)t30, (void)frame, (void)length;
    if (is_incoming) ((cspandsp_fax *)machine)->has_heard = true;
}

static int cspandsp_pass_packet(
    t38_core_state_t *core, void *machine, const uint8_t *packet, int length, int count) {
    (void)core, (void)count;  // How often it goes is a matter of UDPTL.
    cspandsp_fax *fax = (cspandsp_fax *)machine;
    fax->send(fax->owner, packet, length);
    return 0;
}

cspandsp_fax *cspandsp_fax_answer(
    const char *path, const char *identity, cspandsp_send send, int longest, void *owner) {
    cspandsp_fax *machine = (cspandsp_fax *)calloc(1, sizeof *machine);
    if (machine == NULL) return NULL;
    machine->result = -1;
    machine->send = send;
    machine->owner = owner;
    if (send == NULL) {
        machine->fax = fax_init(NULL, false);
        if (machine->fax != NULL) {
            machine->t30 = fax_get_t30_state(machine->fax);
            span_log_set_level(fax_get_logging_state(machine->fax), SPAN_LOG_NONE);
            fax_set_transmit_on_idle(machine->fax, true);
        }
    } else {
        machine->terminal = t38_terminal_init(NULL, false, cspandsp_pass_packet, machine);
        if (machine->terminal != NULL) {
            t38_core_state_t *core = t38_terminal_get_t38_core_state(machine->terminal);
            machine->t30 = t38_terminal_get_t30_state(machine->terminal);
            span_log_set_level(t38_terminal_get_logging_state(machine->terminal), SPAN_LOG_NONE);
            span_log_set_level(t38_core_get_logging_state(core), SPAN_LOG_NONE);
            t38_set_t38_version(core, 0);
            t38_set_max_datagram_size(core, longest);
        }
    }
    if (machine->t30 == NULL) {
        free(machine);
        return NULL;
    }
    t30_state_t *t30 = machine->t30;
    span_log_set_level(t30_get_logging_state(t30), SPAN_LOG_NONE);
    t30_set_rx_file(t30, path, -1);
    t30_set_rx_encoding(t30, T4_COMPRESSION_ITU_T6);
    t30_set_tx_ident(t30, identity);
    t30_set_ecm_capability(t30, true);
    // A bit of T.6 can stand for a whole row: a sender's 64 kB would be 100 MB here. These two grow by
    // a hundred at most.
    t30_set_supported_compressions(
        t30, T30_SUPPORT_T4_1D_COMPRESSION | T30_SUPPORT_T4_2D_COMPRESSION);
    t30_set_supported_modems(
        t30, T30_SUPPORT_V27TER | T30_SUPPORT_V29 | T30_SUPPORT_V17);
    t30_set_phase_e_handler(t30, cspandsp_note_result, machine);
    t30_set_real_time_frame_handler(t30, cspandsp_note_frame, machine);
    return machine;
}

void cspandsp_fax_free(cspandsp_fax *machine) {
    if (machine->fax != NULL) fax_free(machine->fax);
    if (machine->terminal != NULL) t38_terminal_free(machine->terminal);
    free(machine);
}

void cspandsp_fax_exchange(cspandsp_fax *machine, int16_t *samples, int count) {
    fax_rx(machine->fax, samples, count);
    int made = fax_tx(machine->fax, samples, count);
    for (int index = made < 0 ? 0 : made; index < count; index++) samples[index] = 0;
}

void cspandsp_fax_take(
    cspandsp_fax *machine, const uint8_t *packet, int length, uint16_t number) {
    t38_core_rx_ifp_packet(
        t38_terminal_get_t38_core_state(machine->terminal), packet, length, number);
}

void cspandsp_fax_pass_time(cspandsp_fax *machine, int count) {
    t38_terminal_send_timeout(machine->terminal, count);
}

void cspandsp_fax_terminate(cspandsp_fax *machine) { t30_terminate(machine->t30); }

bool cspandsp_fax_is_over(cspandsp_fax *machine) {
    return machine->result >= 0 && !t30_call_active(machine->t30);
}

bool cspandsp_fax_has_heard(cspandsp_fax *machine) { return machine->has_heard; }

const char *cspandsp_fax_words(cspandsp_fax *machine) {
    return machine->result < 0 ? "" : t30_completion_code_to_str(machine->result);
}

cspandsp_fax_standing cspandsp_fax_stands(cspandsp_fax *machine) {
    t30_stats_t statistics;
    t30_get_transfer_statistics(machine->t30, &statistics);
    return (cspandsp_fax_standing){
        .pages = statistics.pages_rx,
        .bit_rate = statistics.bit_rate,
        .rows = statistics.length,
        .result = machine->result,
        .corrects_errors = statistics.error_correcting_mode,
    };
}

const char *cspandsp_fax_sender(cspandsp_fax *machine) {
    const char *name = t30_get_rx_ident(machine->t30);
    return name == NULL ? "" : name;
}
