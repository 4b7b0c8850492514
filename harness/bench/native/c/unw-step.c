// unw_step() over this thread's own stack. LLVM's libunwind and the nongnu one have the same interface; each is
// compiled with its own header. With the nongnu one, UNCACHED turns its cache off, and WITHOUT_SIGNAL_MASK replaces the
// two system calls it makes in every step to block signals.
#define _GNU_SOURCE
#define UNW_LOCAL_ONLY
#include <libunwind.h>

#include "measure.h"

#ifdef WITHOUT_SIGNAL_MASK
#include <signal.h>
int sigprocmask(int how, const sigset_t *restrict set, sigset_t *restrict old) {
  (void)how, (void)set, (void)old;
  return 0;
}
#endif

static void prepare(void) {
#ifdef UNCACHED
  unw_set_caching_policy(unw_local_addr_space, UNW_CACHE_NONE);
#endif
}

static NOINLINE unsigned walk(void) {
  unw_context_t context;
  unw_cursor_t cursor;
  unsigned frames = 0;
  unw_getcontext(&context);
  unw_init_local(&cursor, &context);
  while (frames < CAPACITY) {
    unw_word_t pc;
    unw_get_reg(&cursor, UNW_REG_IP, &pc);
    found[frames++] = pc;
    if (unw_step(&cursor) <= 0) break;
  }
  return frames;
}

#ifdef UNW_VERSION_MAJOR
#define TEXT(value) #value
#define VERSION(major, minor, extra) TEXT(major) "." TEXT(minor) "." TEXT(extra)
static const char *library_version(void) { return VERSION(UNW_VERSION_MAJOR, UNW_VERSION_MINOR, UNW_VERSION_EXTRA); }
#else
static const char *library_version(void) { return ""; }
#endif
