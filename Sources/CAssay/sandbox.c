// Landlock for files and a classic BPF filter for sockets. Debian's headers stop at Landlock's second version, so the
// later rights are named here (Documentation/userspace-api/landlock.rst).
#define _GNU_SOURCE
#include "assay_sandbox.h"

#if defined(__linux__) && defined(__x86_64__)
#include <errno.h>
#include <fcntl.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/landlock.h>
#include <linux/seccomp.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef LANDLOCK_ACCESS_FS_REFER
#define LANDLOCK_ACCESS_FS_REFER (1ULL << 13)
#endif
#define RIGHT_TRUNCATE (1ULL << 14)

// Every right that changes something; reading is left alone, since inputs may lie anywhere.
static uint64_t writing_rights(int version) {
  uint64_t rights = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                    LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                    LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                    LANDLOCK_ACCESS_FS_MAKE_SYM;
  if (version >= 2) rights |= LANDLOCK_ACCESS_FS_REFER;
  if (version >= 3) rights |= RIGHT_TRUNCATE;
  return rights;
}

int assay_landlock_version(void) {
  const int version = (int)syscall(SYS_landlock_create_ruleset, NULL, 0, LANDLOCK_CREATE_RULESET_VERSION);
  return version < 0 ? 0 : version;
}

static int enter_files(const char *const *writable, size_t count) {
  const int version = assay_landlock_version();
  if (version < 1) return 0;
  struct landlock_ruleset_attr attributes = {.handled_access_fs = writing_rights(version)};
  const int rules = (int)syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0);
  if (rules < 0) return 0;
  int complete = 1;
  for (size_t i = 0; i < count; i++) {
    struct landlock_path_beneath_attr rule = {.allowed_access = attributes.handled_access_fs};
    rule.parent_fd = open(writable[i], O_PATH | O_CLOEXEC);
    if (rule.parent_fd < 0) continue;  // a folder that does not exist cannot be written below
    struct stat status;
    if (fstat(rule.parent_fd, &status) == 0 && !S_ISDIR(status.st_mode))
      rule.allowed_access &= LANDLOCK_ACCESS_FS_WRITE_FILE | RIGHT_TRUNCATE;
    if (syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) complete = 0;
    close(rule.parent_fd);
  }
  if (!complete || syscall(SYS_landlock_restrict_self, rules, 0) != 0) complete = 0;
  close(rules);
  return complete;
}

// socket() is refused for every family, other processes cannot be traced, and other instruction sets are refused.
static int enter_network(void) {
  enum { DENIED = SECCOMP_RET_ERRNO | (EPERM & SECCOMP_RET_DATA) };
  struct sock_filter filter[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, AUDIT_ARCH_X86_64, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, DENIED),
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JGE | BPF_K, 0x40000000, 5, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_socket, 4, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_connect, 3, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_ptrace, 2, 0),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_io_uring_setup, 1, 0),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
      BPF_STMT(BPF_RET | BPF_K, DENIED),
  };
  struct sock_fprog program = {.len = sizeof filter / sizeof filter[0], .filter = filter};
  return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

int assay_sandbox_enter(const char *const *writable, size_t count) {
  prctl(PR_SET_PDEATHSIG, SIGTERM);  // a worker does not outlive its supervisor
  if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return 0;
  int entered = 0;
  if (enter_files(writable, count)) entered |= ASSAY_SANDBOX_FILES;
  if (enter_network()) entered |= ASSAY_SANDBOX_NETWORK;
  return entered;
}
#else
int assay_sandbox_enter(const char *const *writable, size_t count) {
  (void)writable, (void)count;
  return 0;
}

int assay_landlock_version(void) { return 0; }
#endif
