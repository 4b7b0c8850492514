// The stack every program of this folder walks: `depth` frames of eight functions, which save 0 to 6 callee-saved
// registers each and call one another through a table, so that nothing is inlined, cloned or known beforehand.
#ifndef STACK_SHAPE_H
#define STACK_SHAPE_H

#include <stdint.h>

#define NOINLINE __attribute__((noinline))

enum { FUNCTIONS = 8, MAX_DEPTH = 4096 };

// Where each frame returns to, outermost first: what a walk has to find.
static uintptr_t return_addresses[MAX_DEPTH + 1];
static unsigned return_count;

typedef uintptr_t frame_function(unsigned depth);
static frame_function *volatile functions[FUNCTIONS];

// Called in the innermost frame.
static uintptr_t at_the_bottom(void);

// Naming a register as clobbered makes the compiler save it; with a frame pointer the sixth is taken.
#if defined(__x86_64__)
#define SAVE1 "rbx"
#define SAVE2 SAVE1, "r12"
#define SAVE3 SAVE2, "r13"
#define SAVE4 SAVE3, "r14"
#define SAVE5 SAVE4, "r15"
#ifdef FRAME_POINTER
#define SAVE6 SAVE5
#else
#define SAVE6 SAVE5, "rbp"
#endif
#elif defined(__aarch64__)
#define SAVE1 "x19"
#define SAVE2 SAVE1, "x20"
#define SAVE3 SAVE2, "x21"
#define SAVE4 SAVE3, "x22"
#define SAVE5 SAVE4, "x23"
#define SAVE6 SAVE5, "x24"
#else
#error "this architecture is not measured"
#endif

// The local keeps `depth` on the stack, as a register would have to be saved for it; the addition after the call
// keeps the call from becoming a jump.
#define FRAME_FUNCTION(name, words, ...)                                                   \
  static NOINLINE uintptr_t name(unsigned depth) {                                         \
    volatile uintptr_t local[words];                                                       \
    local[0] = depth;                                                                      \
    return_addresses[return_count++] = (uintptr_t)__builtin_return_address(0);             \
    __asm__ volatile("" ::: __VA_ARGS__);                                                  \
    uintptr_t inner = depth <= 1 ? at_the_bottom() : functions[depth % FUNCTIONS](depth - 1); \
    return inner + local[0];                                                               \
  }

FRAME_FUNCTION(saves_none, 2, "memory")
FRAME_FUNCTION(saves_one, 1, "memory", SAVE1)
FRAME_FUNCTION(saves_two, 4, "memory", SAVE2)
FRAME_FUNCTION(saves_three, 1, "memory", SAVE3)
FRAME_FUNCTION(saves_four, 6, "memory", SAVE4)
FRAME_FUNCTION(saves_five, 3, "memory", SAVE5)
FRAME_FUNCTION(saves_six, 8, "memory", SAVE6)
FRAME_FUNCTION(saves_none_large, 40, "memory")

// Makes `depth` frames, the innermost of which calls at_the_bottom().
static uintptr_t make_stack(unsigned depth) {
  frame_function *const all[FUNCTIONS] = {saves_none, saves_one,  saves_two, saves_three,
                                          saves_four, saves_five, saves_six, saves_none_large};
  for (unsigned index = 0; index < FUNCTIONS; index++) functions[index] = all[index];
  return_count = 0;
  return functions[(depth + 1) % FUNCTIONS](depth);
}

#endif
