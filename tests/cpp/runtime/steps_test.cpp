// Steps make no system call: a process that may make none but read, write and exit runs them.

#include <doctest/doctest.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "network.h"

using namespace tidegate;
using namespace tidegate::test;

namespace {

// How the process ended that ran `body` where any other system call ends it.
template <class Body>
int ended(Body&& body) {
  const pid_t child = fork();
  if (child == 0) {
    if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT) != 0) _exit(2);
    body();
    syscall(SYS_exit, 0);  // exit_group, which _exit calls, is not allowed
  }
  int status = -1;
  waitpid(child, &status, 0);
  return status;
}

}  // namespace

TEST_CASE("a million steps make no system call") {
  Network network;
  network.add(OpKind::embedding, 50, 6)
      .add(OpKind::lstm, 6, 8)
      .add(OpKind::gru, 8, 8, ActivationKind::tanh, true, false)
      .add(OpKind::dense, 8, 3, ActivationKind::softmax);
  const auto graph = network.graph();
  Session session(graph, 1);
  float y[3];
  const std::int32_t id = 7;
  session.step(&id, y);  // the table of kernels is chosen at the first use
  const int steps = ended([&] {
    for (long i = 0; i < 1000000; ++i) session.step(&id, y);
  });
  CHECK(WIFEXITED(steps));
  CHECK(WEXITSTATUS(steps) == 0);
  // One system call does end it: otherwise this would show nothing.
  const int asks = ended([] { syscall(SYS_getpid); });
  CHECK(WIFSIGNALED(asks));
  CHECK(WTERMSIG(asks) == 9);
}
