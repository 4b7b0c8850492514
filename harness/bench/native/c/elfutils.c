// elfutils' dwfl_getthread_frames() over a snapshot of this process: the registers and the stack as they were are
// copied once and handed out by callbacks; attaching and finding the modules is not timed.
#define _GNU_SOURCE
#include <elfutils/libdwfl.h>
#include <string.h>
#include <ucontext.h>
#include <unistd.h>

#include "measure.h"

static Dwfl *session;
static uintptr_t stack_start;
static uintptr_t stack_end;
static char *stack_copy;
static Dwarf_Word registers[32];
static Dwarf_Word start_pc;

#if defined(__x86_64__)
enum { REGISTERS = 17 };
static void copy_registers(const ucontext_t *context) {
  // The context's index of each register, in DWARF's order.
  static const int order[REGISTERS] = {REG_RAX, REG_RDX, REG_RCX, REG_RBX, REG_RSI, REG_RDI, REG_RBP, REG_RSP, REG_R8,
                                       REG_R9,  REG_R10, REG_R11, REG_R12, REG_R13, REG_R14, REG_R15, REG_RIP};
  for (int index = 0; index < REGISTERS; index++) registers[index] = (Dwarf_Word)context->uc_mcontext.gregs[order[index]];
  start_pc = registers[16];
  stack_start = registers[7];
}
#else
enum { REGISTERS = 32 };
static void copy_registers(const ucontext_t *context) {
  for (int index = 0; index < 31; index++) registers[index] = context->uc_mcontext.regs[index];
  registers[31] = context->uc_mcontext.sp;
  start_pc = context->uc_mcontext.pc;
  stack_start = registers[31];
}
#endif

static pid_t next_thread(Dwfl *dwfl, void *argument, void **thread_argument) {
  (void)dwfl, (void)argument;
  if (*thread_argument != NULL) return 0;
  *thread_argument = registers;
  return getpid();
}

static bool read_memory(Dwfl *dwfl, Dwarf_Addr address, Dwarf_Word *result, void *argument) {
  (void)dwfl, (void)argument;
  if (address < stack_start || address > stack_end - sizeof *result) return false;
  memcpy(result, stack_copy + (address - stack_start), sizeof *result);
  return true;
}

static bool set_registers(Dwfl_Thread *thread, void *argument) {
  (void)argument;
  if (!dwfl_thread_state_registers(thread, 0, REGISTERS, registers)) return false;
  dwfl_thread_state_register_pc(thread, start_pc);
  return true;
}

static int no_debuginfo(Dwfl_Module *module, void **data, const char *name, Dwarf_Addr base, const char *file,
                        const char *link, GElf_Word checksum, char **found_name) {
  (void)module, (void)data, (void)name, (void)base, (void)file, (void)link, (void)checksum, (void)found_name;
  return -1;
}

static void fail(const char *what) {
  fprintf(stderr, "%s: %s\n", what, dwfl_errmsg(-1));
  exit(1);
}

static void prepare(void) {
  static const Dwfl_Callbacks callbacks = {.find_elf = dwfl_linux_proc_find_elf, .find_debuginfo = no_debuginfo};
  static const Dwfl_Thread_Callbacks threads = {
      .next_thread = next_thread, .memory_read = read_memory, .set_initial_registers = set_registers};
  session = dwfl_begin(&callbacks);
  if (session == NULL || dwfl_linux_proc_report(session, getpid()) != 0) fail("the modules cannot be reported");
  dwfl_report_end(session, NULL, NULL);
  if (!dwfl_attach_state(session, NULL, getpid(), &threads, NULL)) fail("the state cannot be attached");
  ucontext_t context;
  getcontext(&context);
  copy_registers(&context);
  stack_end = (uintptr_t)main_arguments;
  stack_copy = malloc(stack_end - stack_start);
  if (stack_copy == NULL) fail("no memory for the snapshot");
  memcpy(stack_copy, (const void *)stack_start, stack_end - stack_start);
}

static int on_frame(Dwfl_Frame *frame, void *count) {
  unsigned *frames = count;
  Dwarf_Addr pc;
  if (*frames == CAPACITY || !dwfl_frame_pc(frame, &pc, NULL)) return DWARF_CB_ABORT;
  found[(*frames)++] = (uintptr_t)pc;
  return DWARF_CB_OK;
}

static NOINLINE unsigned walk(void) {
  unsigned frames = 0;
  dwfl_getthread_frames(session, getpid(), on_frame, &frames);
  return frames;
}

static const char *library_version(void) { return dwfl_version(NULL); }
