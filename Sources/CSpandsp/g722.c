// Keeps the memory of a G.722 decoder going over a packet that was lost.
#include "CSpandsp.h"

#include <spandsp/private/g722.h>
#include <string.h>

enum { past = 24, most = 320 };

void cspandsp_g722_absorb(g722_decode_state_t *decoder, const int16_t *samples, int count) {
    g722_encode_state_t encoder;
    uint8_t bytes[most];
    int16_t decoded[2 * most];
    const int narrow = decoder->eight_k;
    g722_encode_init(&encoder, 64000, narrow ? G722_SAMPLE_RATE_8000 : 0);
    // Encoder and decoder predict alike (G.722, 3.6): what one remembers goes for the other.
    memcpy(encoder.band, decoder->band, sizeof encoder.band);
    if (!narrow) {
        if (count < past) return;
        for (int pair = 0; pair < past / 2; pair++) {
            encoder.x[pair] = samples[2 * pair];
            encoder.y[pair] = samples[2 * pair + 1];
        }
        samples += past;
        count -= past;
    }
    while (count > 0) {
        const int part = count < most ? count : most;
        const int length = g722_encode(&encoder, bytes, samples, part);
        g722_decode(decoder, decoded, bytes, length);
        samples += part;
        count -= part;
    }
}
