/* Many spans of time in little room: buckets 1.6 % wide at most, and quantiles of them. */
#ifndef PARLEY_BENCH_SPANS_H
#define PARLEY_BENCH_SPANS_H

#include <stdint.h>

#define FINE 64
#define SPANS_BUCKETS (FINE * 40)

typedef struct {
    uint64_t count;
    uint32_t buckets[SPANS_BUCKETS];
} Spans;

static inline unsigned bucket_of(uint64_t span) {
    if (span < FINE) return (unsigned)span;
    unsigned shift = 63u - (unsigned)__builtin_clzll(span) - 6;
    unsigned bucket = (shift + 1) * FINE + (unsigned)((span >> shift) & (FINE - 1));
    return bucket < SPANS_BUCKETS ? bucket : SPANS_BUCKETS - 1;
}

static inline void note_span(Spans *spans, uint64_t span) {
    spans->count++;
    spans->buckets[bucket_of(span)]++;
}

static inline uint64_t quantile(const Spans *spans, double share) {
    uint64_t wanted = (uint64_t)(share * (double)spans->count), seen = 0;
    for (unsigned bucket = 0; bucket < SPANS_BUCKETS; bucket++) {
        seen += spans->buckets[bucket];
        if (seen > wanted) {
            if (bucket < FINE) return bucket;
            unsigned shift = bucket / FINE - 1;
            return (uint64_t)(FINE + bucket % FINE) << shift;
        }
    }
    return 0;
}

#endif
