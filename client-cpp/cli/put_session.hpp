#pragma once

#include <filesystem>
#include <functional>
#include <memory>

#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "transfer/enrolment.hpp"
#include "transfer/source_roots.hpp"
#include "transfer/source_totals.hpp"
#include "transfer/source_walk.hpp"
#include "transfer/v4/endpoint.hpp"

namespace sesame::cli {

/// What is to be uploaded, however it was named.
struct PutPlan {
  transfer::WalkOptions walk;
  std::unique_ptr<transfer::RootSource> roots;
  /// Counts ahead; may be null.
  std::unique_ptr<transfer::SourceTotals> totals = nullptr;
  /// What a dry run shows of what the walk finds; empty: all.
  std::function<bool(const transfer::v4::PutItem&)> is_wanted = {};
};

/// Uploads, tells how it goes, keeps the receipts. Gives what the program ends with.
ExitCode run_put(PutPlan plan, const transfer::v4::Endpoint& endpoint,
                 const transfer::Enrolment& enrolment, const config::Places& places,
                 const OutputOptions& output);

/// Says what would be uploaded, without a word to any server.
ExitCode dry_run_put(PutPlan plan, const OutputOptions& output);

/// Says why a command cannot begin, as JSON too if that is wanted.
ExitCode fail(const Error& error, const OutputOptions& output);
ExitCode fail(ExitCode exit, const Error& error, const OutputOptions& output);

}  // namespace sesame::cli
