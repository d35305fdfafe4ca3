#include "cli/send_v4.hpp"

#include <map>

#include "base/display.hpp"
#include "cli/knock_options.hpp"
#include "cli/put_session.hpp"

namespace sesame::cli {
namespace fs = std::filesystem;
namespace {

using transfer::SourceRoot;

Result<std::vector<SourceRoot>> roots_of(const transfer::SendOptions& options) {
  std::vector<SourceRoot> roots;
  std::map<std::string, fs::path> taken;
  for (const std::string& name : options.files) {
    SourceRoot root{.source = options.folder / name, .path = transfer::portable_name(name)};
    const auto [other, is_new] = taken.emplace(root.path, root.source);
    if (is_new) {
      roots.push_back(std::move(root));
    } else if (other->second != root.source) {
      return Error{ErrorCode::BadTransferInfo,
                   escaped(other->second.native()) + " and " + escaped(root.source.native()) +
                       " would both be stored as " + escaped(root.path) +
                       ": take one of them out of transfer.info"};
    }
  }
  return roots;
}

transfer::v4::Endpoint endpoint_of(const transfer::SendOptions& options,
                                   const transfer::Enrolment& enrolment) {
  transfer::v4::Endpoint endpoint;
  endpoint.server = options.link.server;
  endpoint.family = options.link.family;
  endpoint.timeout = options.link.timeout;
  endpoint.pin = enrolment.server_pin();
  endpoint.identity = &enrolment.identity;
  endpoint.client_id = enrolment.profile.client_id;
  endpoint.bytes_per_second = options.link.bytes_per_second;
  endpoint.retries = options.retries;
  return endpoint;
}

}  // namespace

ExitCode send_v4(const transfer::SendOptions& options, bool dry_run,
                 const transfer::EnrolmentStore& store, const config::Places& places,
                 const OutputOptions& output) {
  auto roots = roots_of(options);
  if (!roots) return fail(roots.error(), output);
  PutPlan plan{.walk = {}, .roots = nullptr};
  if (output.shows_progress() && !dry_run) {
    plan.totals = std::make_unique<transfer::SourceTotals>(plan.walk, *roots);
  }
  plan.roots = std::make_unique<transfer::RootVector>(*std::move(roots));
  if (dry_run) return dry_run_put(std::move(plan), output);

  const auto enrolment = store.load();
  if (!enrolment) return fail(enrolment.error(), output);
  if (enrolment->profile.client_name != options.client_name) {
    return fail(
        {ErrorCode::IdentityMismatch,
         "transfer.info names the client '" + escaped(options.client_name) +
             "', but this client is enrolled as '" + escaped(enrolment->profile.client_name) +
             "': correct line 2, or use --config with the folder of that client"},
        output);
  }
  auto keys = knock_keys(places);
  keys.serve(enrolment->profile);
  auto endpoint = endpoint_of(options, *enrolment);
  endpoint.knock_keeper = &keys;
  return run_put(std::move(plan), endpoint, *enrolment, places, output);
}

}  // namespace sesame::cli
