// nongnu libunwind's unw_backtrace: a walk of its own that follows SP, the frame pointer and the return address only.
#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include "measure.h"

static NOINLINE unsigned walk(void) { return (unsigned)unw_backtrace((void **)found, CAPACITY); }

static void prepare(void) {}

#define TEXT(value) #value
#define VERSION(major, minor, extra) TEXT(major) "." TEXT(minor) "." TEXT(extra)
static const char *library_version(void) { return VERSION(UNW_VERSION_MAJOR, UNW_VERSION_MINOR, UNW_VERSION_EXTRA); }
