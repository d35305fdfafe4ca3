#pragma once

#include "base/error.hpp"
#include "transfer/send_run.hpp"

namespace sesame::cli {

/// What the program ends with. 128 + N stands for signal N.
enum class ExitCode : int {
  Done = 0,
  Other = 1,
  Usage = 2,
  NotFound = 3,
  NetworkFault = 5,
  Refused = 6,
  Identity = 7,
  SomeFailed = 23,
  Interrupted = 130,
  Terminated = 143,
};

/// For a failure that ends everything.
[[nodiscard]] ExitCode exit_code(const Error& error);

/// Done only when every file that was listed is acknowledged.
[[nodiscard]] ExitCode exit_code(const transfer::SendSummary& summary);

}  // namespace sesame::cli
