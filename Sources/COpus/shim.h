// libopus as Swift sees it. opus_encoder_ctl is variadic, so invisible to Swift: what we need of it
// are static inlines.
#pragma once
#include <opus/opus.h>
#if defined(__SSE2__)
#include <xmmintrin.h>
#endif

// Silence that follows sound makes the codec's filters count in ever smaller numbers, which the
// processor counts a hundred times slower as soon as they are "denormal". Inside the codec they are
// zero: nobody hears a number of 1e-38, and a frame of silence costs what every other one does.
#if defined(__SSE2__)
typedef unsigned int copus_arithmetic;
static inline copus_arithmetic copus_begin(void) {
    copus_arithmetic before = _mm_getcsr();
    _mm_setcsr(before | 0x8040); // flush to zero, denormals are zero
    return before;
}
static inline void copus_end(copus_arithmetic before) { _mm_setcsr(before); }
#elif defined(__aarch64__)
typedef unsigned long copus_arithmetic;
static inline copus_arithmetic copus_begin(void) {
    copus_arithmetic before;
    __asm__ volatile("mrs %0, fpcr" : "=r"(before));
    __asm__ volatile("msr fpcr, %0" : : "r"(before | 1ul << 24));
    return before;
}
static inline void copus_end(copus_arithmetic before) {
    __asm__ volatile("msr fpcr, %0" : : "r"(before));
}
#else
typedef int copus_arithmetic;
static inline copus_arithmetic copus_begin(void) { return 0; }
static inline void copus_end(copus_arithmetic before) { (void)before; }
#endif

static inline opus_int32 copus_encode(
    OpusEncoder *encoder, const opus_int16 *samples, int count, unsigned char *bytes,
    opus_int32 room) {
    copus_arithmetic before = copus_begin();
    opus_int32 length = opus_encode(encoder, samples, count, bytes, room);
    copus_end(before);
    return length;
}
static inline int copus_decode(
    OpusDecoder *decoder, const unsigned char *bytes, opus_int32 length, opus_int16 *samples,
    int count, int isRecovery) {
    copus_arithmetic before = copus_begin();
    int made = opus_decode(decoder, bytes, length, samples, count, isRecovery);
    copus_end(before);
    return made;
}

static inline int copus_set_complexity(OpusEncoder *encoder, opus_int32 value) {
    return opus_encoder_ctl(encoder, OPUS_SET_COMPLEXITY(value));
}
static inline int copus_set_bitrate(OpusEncoder *encoder, opus_int32 value) {
    return opus_encoder_ctl(encoder, OPUS_SET_BITRATE(value));
}
static inline int copus_set_fec(OpusEncoder *encoder, opus_int32 value) {
    return opus_encoder_ctl(encoder, OPUS_SET_INBAND_FEC(value));
}
static inline int copus_set_expected_loss(OpusEncoder *encoder, opus_int32 percent) {
    return opus_encoder_ctl(encoder, OPUS_SET_PACKET_LOSS_PERC(percent));
}
static inline int copus_set_dtx(OpusEncoder *encoder, opus_int32 value) {
    return opus_encoder_ctl(encoder, OPUS_SET_DTX(value));
}
static inline opus_int32 copus_lookahead(OpusEncoder *encoder) {
    opus_int32 samples = 0;
    opus_encoder_ctl(encoder, OPUS_GET_LOOKAHEAD(&samples));
    return samples;
}
static inline int copus_set_voice(OpusEncoder *encoder) {
    return opus_encoder_ctl(encoder, OPUS_SET_SIGNAL(OPUS_SIGNAL_VOICE));
}
