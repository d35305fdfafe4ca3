#pragma once

#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "transfer/enrolment.hpp"
#include "transfer/send_run.hpp"

namespace sesame::cli {

/// Uploads what a transfer.info lists over version 4: as the client that is enrolled, whose name
/// line 2 must be. Relative names arrive as they stand; others are made relative as a v3 server
/// does it (docs/PROTOCOL.md 1.1).
ExitCode send_v4(const transfer::SendOptions& options, bool dry_run,
                 const transfer::EnrolmentStore& store, const config::Places& places,
                 const OutputOptions& output);

}  // namespace sesame::cli
