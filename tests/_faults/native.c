/* The border to the operating system, made to fail on demand: loaded before the C library (LD_PRELOAD).

   It counts the calls that open for writing, write, sync and rename below one folder, and lets the n-th one fail with
   an error number, or kills the process in its middle. It can set the clock of the wall off, and take flock away. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { OPEN = 1, WRITE = 2, SYNC = 4, RENAME = 8 };

struct plan {
  long kinds, at, calls, jump;
  int error, sticky, no_flock;
  char under[PATH_MAX], when[PATH_MAX];
};
static struct plan *plan;

__attribute__((constructor)) static void begin(void) {
  plan = mmap(NULL, sizeof *plan, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (getenv("FAULTS_NO_FLOCK")) plan->no_flock = 1;
}

/* error 0: kill the process instead. */
void faults_arm(int kinds, long at, int error, int sticky, const char *under) {
  plan->kinds = 0;
  plan->at = at, plan->calls = 0, plan->error = error, plan->sticky = sticky;
  strncpy(plan->under, under, PATH_MAX - 1);
  plan->kinds = kinds;
}
long faults_calls(void) { return plan->calls; }
/* The wall clock is off by so many seconds as soon as the file is there. */
void faults_clock(long jump, const char *when) {
  strncpy(plan->when, when, PATH_MAX - 1);
  plan->jump = jump;
}

static int is_inside(const char *path) { return path && !strncmp(path, plan->under, strlen(plan->under)); }

static int is_inside_fd(int fd) {
  char link[64], path[PATH_MAX];
  snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
  ssize_t n = readlink(link, path, sizeof path - 1);
  if (n < 0) return 0;
  path[n] = 0;
  return is_inside(path);
}

static int hit(int kind) {
  long n = __sync_add_and_fetch(&plan->calls, 1);
  if (n != plan->at && !(plan->sticky && n > plan->at)) return 0;
  if (!plan->error && kind != WRITE) kill(getpid(), SIGKILL);
  errno = plan->error;
  return 1;
}

#define REAL(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

static int watched_open(const char *path, int flags) {
  return plan && (plan->kinds & OPEN) && (flags & (O_WRONLY | O_RDWR | O_CREAT)) && is_inside(path) && hit(OPEN);
}
#define OPENER(name)                                             \
  int name(const char *path, int flags, ...) {                   \
    va_list more;                                                \
    va_start(more, flags);                                       \
    mode_t mode = va_arg(more, mode_t);                          \
    va_end(more);                                                \
    return watched_open(path, flags) ? -1 : REAL(name)(path, flags, mode); \
  }
OPENER(open)
OPENER(open64)
#define OPENER_AT(name)                                          \
  int name(int folder, const char *path, int flags, ...) {       \
    va_list more;                                                \
    va_start(more, flags);                                       \
    mode_t mode = va_arg(more, mode_t);                          \
    va_end(more);                                                \
    return watched_open(path, flags) ? -1 : REAL(name)(folder, path, flags, mode); \
  }
OPENER_AT(openat)
OPENER_AT(openat64)

ssize_t write(int fd, const void *bytes, size_t count) {
  ssize_t (*real)(int, const void *, size_t) = REAL(write);
  if (!plan || !(plan->kinds & WRITE) || !is_inside_fd(fd) || !hit(WRITE)) return real(fd, bytes, count);
  int error = plan->error;
  real(fd, bytes, count / 2); /* half of it is there by then */
  if (!error) kill(getpid(), SIGKILL);
  errno = error;
  return -1;
}

#define SYNCER(name) \
  int name(int fd) { return plan && (plan->kinds & SYNC) && is_inside_fd(fd) && hit(SYNC) ? -1 : REAL(name)(fd); }
SYNCER(fsync)
SYNCER(fdatasync)

int rename(const char *from, const char *to) {
  if (plan && (plan->kinds & RENAME) && is_inside(to) && hit(RENAME)) return -1;
  return REAL(rename)(from, to);
}

int flock(int fd, int operation) {
  int (*real)(int, int) = (int (*)(int, int))dlsym(RTLD_NEXT, "flock");
  if (!plan || !plan->no_flock) return real(fd, operation);
  errno = ENOSYS;
  return -1;
}

static long offset(void) {
  struct stat found;
  return plan && plan->jump && !stat(plan->when, &found) ? plan->jump : 0;
}
int clock_gettime(clockid_t clock, struct timespec *now) {
  int (*real)(clockid_t, struct timespec *) = (int (*)(clockid_t, struct timespec *))dlsym(RTLD_NEXT, "clock_gettime");
  int code = real(clock, now);
  if (!code && clock == CLOCK_REALTIME) now->tv_sec += offset();
  return code;
}
time_t time(time_t *place) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (place) *place = now.tv_sec;
  return now.tv_sec;
}
