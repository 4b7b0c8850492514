// libgcc's _Unwind_Backtrace: every register is restored in every frame.
#include <unwind.h>

#include "measure.h"

static _Unwind_Reason_Code on_frame(struct _Unwind_Context *context, void *count) {
  unsigned *frames = count;
  if (*frames == CAPACITY) return _URC_END_OF_STACK;
  found[(*frames)++] = _Unwind_GetIP(context);
  return _URC_NO_REASON;
}

static NOINLINE unsigned walk(void) {
  unsigned frames = 0;
  _Unwind_Backtrace(on_frame, &frames);
  return frames;
}

static void prepare(void) {}

static const char *library_version(void) { return ""; }
