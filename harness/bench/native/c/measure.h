// The main function of every program of this folder: makes the stack, checks that the unwinder finds each of its
// frames, then times walks over it. The including file defines walk().
//
//   program DEPTH ROUNDS MICROSECONDS
//
// DEPTH frames; ROUNDS rounds of about MICROSECONDS each. Prints one JSON object: "version" (empty where the library
// does not say), "frames" of a walk, "walks" of a round, "nsPerFrame" of each round. Exits with 1 and a line on
// standard error where the unwinder does not find the stack.
#ifndef MEASURE_H
#define MEASURE_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "stack-shape.h"

enum { CAPACITY = MAX_DEPTH + 64, MAX_ROUNDS = 1000 };

// What the last walk found: the PC of every frame, innermost first.
static uintptr_t found[CAPACITY];

// Walks this thread's stack to its end, writes the PCs to `found` and returns how many there are. Called from
// at_the_bottom().
static NOINLINE unsigned walk(void);

// Called once in at_the_bottom(), before the first walk.
static void prepare(void);

static const char *library_version(void);

// Where the walked stack begins: main()'s frame, and the arguments above that of the start code.
static const void *main_frame;
static char **main_arguments;

static unsigned rounds;
static double round_ns;

static double now_ns(void) {
  struct timespec time;
  clock_gettime(CLOCK_MONOTONIC, &time);
  return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

// Whether the return addresses of the stack stand in `found`, one after another.
static int finds_the_stack(unsigned frames) {
  for (unsigned first = 0; first + return_count <= frames; first++) {
    unsigned equal = 0;
    while (equal < return_count && found[first + equal] == return_addresses[return_count - 1 - equal]) equal++;
    if (equal == return_count) return 1;
  }
  return 0;
}

static double time_walks(unsigned walks) {
  double start = now_ns();
  for (unsigned index = 0; index < walks; index++) walk();
  return now_ns() - start;
}

static NOINLINE uintptr_t at_the_bottom(void) {
  prepare();
  unsigned frames = walk();
  if (!finds_the_stack(frames)) {
    fprintf(stderr, "a walk of %u frames does not hold the %u frames of the stack\n", frames, return_count);
    exit(1);
  }
  unsigned walks = 1;
  // Also the warm-up: doubled until a round is long enough.
  while (time_walks(walks) < round_ns && walks < 1u << 24) walks *= 2;
  printf("{\"version\":\"%s\",\"frames\":%u,\"walks\":%u,\"nsPerFrame\":[", library_version(), frames, walks);
  for (unsigned index = 0; index < rounds; index++) {
    printf("%s%.4f", index == 0 ? "" : ",", time_walks(walks) / walks / frames);
  }
  printf("]}\n");
  return frames;
}

static long argument(int count, char **values, int index, long least, long most) {
  char *end = NULL;
  long value = index < count ? strtol(values[index], &end, 10) : least - 1;
  if (end == NULL || *end != '\0' || value < least || value > most) {
    fprintf(stderr, "usage: %s DEPTH ROUNDS MICROSECONDS\n", values[0]);
    exit(2);
  }
  return value;
}

int main(int count, char **values) {
  main_frame = __builtin_frame_address(0);
  main_arguments = values;
  unsigned depth = (unsigned)argument(count, values, 1, 1, MAX_DEPTH);
  rounds = (unsigned)argument(count, values, 2, 1, MAX_ROUNDS);
  round_ns = 1e3 * (double)argument(count, values, 3, 1, 10000000);
  return make_stack(depth) == 0;
}

#endif
