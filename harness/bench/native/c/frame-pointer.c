// The chain of frame pointers, followed in C; compiled with a frame pointer.
#define FRAME_POINTER
#include "measure.h"

struct frame_record {
  const struct frame_record *caller;
  uintptr_t return_address;
};

static void prepare(void) {}

static NOINLINE unsigned walk(void) {
  unsigned frames = 0;
  // What called main() was not compiled with a frame pointer.
  for (const struct frame_record *record = __builtin_frame_address(0); record != main_frame; record = record->caller) {
    if (frames == CAPACITY) break;
    found[frames++] = record->return_address;
  }
  return frames;
}

static const char *library_version(void) { return ""; }
