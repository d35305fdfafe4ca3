#pragma once

#include <vector>

#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "transfer/watch/watcher.hpp"

namespace sesame::cli {

/// What is to be watched, and how.
struct WatchPlan {
  std::vector<transfer::watch::WatchedRoot> roots;
  transfer::WalkOptions walk;
  transfer::watch::WatchOptions options;
};

/// Watches until a signal, or a proven end of this client, ends it. Gives what the program ends
/// with.
ExitCode run_watch(const WatchPlan& plan, const transfer::v4::Endpoint& endpoint,
                   const transfer::Enrolment& enrolment, const config::Places& places,
                   const OutputOptions& output);

/// Says what would be sent, without a word to any server.
ExitCode dry_run_watch(WatchPlan plan, const transfer::Enrolment& enrolment,
                       const config::Places& places, const OutputOptions& output);

}  // namespace sesame::cli
