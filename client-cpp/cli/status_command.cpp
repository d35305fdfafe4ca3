#include "cli/status_command.hpp"

#include <cstdio>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/display.hpp"
#include "cli/json_line.hpp"
#include "cli/knock_options.hpp"
#include "cli/outbox_report.hpp"
#include "cli/put_session.hpp"
#include "net/interrupt.hpp"
#include "transfer/receipt_log.hpp"
#include "transfer/v4/enrol.hpp"

namespace sesame::cli {
namespace fs = std::filesystem;
namespace {

constexpr auto status_footer =
    R"(Says who this client is, which server it belongs to, whether that server answers and
knows it, and how many receipts are kept here. Learns with what, and where, to knock if the
gate of the server is shut one day ('sesame knock --help').

Where folders are watched ('sesame watch'): how much waits, since when, what failed and why, when
it is tried again, and whether the watcher runs. --waiting lists the files. Times are UTC.

Exit codes: 0 the server answers and knows this client, 1 other, 2 usage, 3 not enrolled,
5 the server does not answer, 6 it does not know this client (any more), 7 it is not the
server that it should be.)";

/// A log that is not there yet holds none.
Result<std::uint64_t> count_receipts(const fs::path& folder) {
  std::uint64_t count = 0;
  const auto read =
      transfer::for_each_line(folder / transfer::receipt_log_name,
                              [&count](std::size_t number, std::string_view) -> Status {
                                count = number;
                                return {};
                              });
  if (!read && read.error().code != ErrorCode::NotFound) return read.error();
  return count;
}

std::string knock_text(const std::optional<config::KnockProfile>& kept) {
  if (!kept) return "none";
  return kept->port == 0 ? "kept; the server's gate was off"
                         : "kept, for port " + std::to_string(kept->port);
}

void print(const char* what, const std::string& text) {
  std::printf("%-12s %s\n", what, text.c_str());
}

}  // namespace

StatusCommand::StatusCommand(CLI::App& program)
    : command_(
          program.add_subcommand("status", "Who this client is, and whether its server is there")) {
  command_->footer(status_footer);
  command_->add_flag("--offline", offline_, "Do not ask the server");
  command_->add_flag("--waiting", waiting_, "List the files that a watcher has yet to send");
  connection_.add_to(*command_);
  config_.add_to(*command_);
  output_.add_to(*command_);
}

bool StatusCommand::is_chosen() const {
  return command_->parsed();
}

ExitCode StatusCommand::run() const {
  const auto places = config_.places();
  if (!places) return fail(places.error(), output_);
  const auto enrolment = transfer::EnrolmentStore(places->config).load();
  if (!enrolment) return fail(enrolment.error(), output_);
  const auto& profile = enrolment->profile;
  const auto folder = places->receipts_of(enrolment->server_pin().to_string());
  const auto kept = count_receipts(folder);
  if (!kept) return fail(kept.error(), output_);
  auto outbox = OutboxReport::of(
      places->outbox_of(enrolment->server_pin().to_string(), profile.client_id.to_hex()));
  if (!outbox) return fail(ExitCode::Other, outbox.error(), output_);

  net::Interrupt::install();
  auto endpoint = connection_.endpoint(*enrolment);
  // Who asks how things are learns, too, where to knock from now on.
  auto keys = knock_keys(*places, transfer::KnockKeyFile::Ask::Once);
  keys.serve(profile);
  endpoint.knock_keeper = &keys;
  std::optional<Result<transfer::v4::Greeting>> greeting;
  if (!offline_) greeting = transfer::v4::greet(endpoint);
  ExitCode exit = greeting && !*greeting ? exit_code(greeting->error()) : ExitCode::Done;
  const bool reachable = greeting && *greeting;
  const bool other_key = reachable && (*greeting)->welcome.receipt_key != profile.receipt_key;
  if (other_key) exit = ExitCode::Identity;

  const auto found = keys.find(profile);
  const auto knock_key = found ? *found : std::nullopt;

  if (output_.json()) {
    Json status{{"event", "status"},
                {"client", profile.client_name},
                {"client_id", profile.client_id.to_hex()},
                {"key", enrolment->identity.pin().to_string()},
                {"server", endpoint.server.to_string()},
                {"pin", base64url(profile.pin)},
                {"receipt_key", base64url(profile.receipt_key)},
                {"receipts_kept", *kept},
                {"receipts", (folder / transfer::receipt_log_name).native()},
                {"knock_key", knock_key.has_value()}};
    if (knock_key) status["knock_port"] = knock_key->port;
    if (greeting) status["reachable"] = reachable;
    if (reachable) {
      status["last_receipt"] = (*greeting)->welcome.last_seq;
      status["write_only"] = (*greeting)->welcome.write_only;
      status["receipt_key_changed"] = other_key;
    } else if (greeting) {
      status["code"] = to_string(greeting->error().code);
      status["reason"] = greeting->error().message;
    }
    if (*outbox) status["outbox"] = (*outbox)->json();
    status["exit"] = static_cast<int>(exit);
    print_json(status);
    return list_waiting(*outbox, exit);
  }

  print("client", escaped(profile.client_name));
  print("client id", profile.client_id.to_hex());
  print("own key", enrolment->identity.pin().to_string());
  print("server", endpoint.server.to_string());
  print("server pin", base64url(profile.pin));
  if (reachable) {
    const auto& welcome = (*greeting)->welcome;
    print("reachable", welcome.write_only ? "yes, for uploads only" : "yes");
    print("last receipt", welcome.last_seq == 0 ? "none yet" : std::to_string(welcome.last_seq));
  } else {
    print("reachable", greeting ? "no: " + greeting->error().message : "not asked");
  }
  print("knock key", knock_text(knock_key));
  print("receipts", std::to_string(*kept) + " kept in " + escaped(folder.native()));
  if (*outbox) (*outbox)->print(print);
  const ExitCode listed = list_waiting(*outbox, exit);
  std::fflush(stdout);
  if (other_key) {
    std::fprintf(stderr,
                 "sesame: the server has another receipt key than when this client was "
                 "enrolled; if its operator says that it was changed: sesame enroll "
                 "JOINLINE --replace\n");
  }
  return listed;
}

ExitCode StatusCommand::list_waiting(std::optional<OutboxReport>& outbox, ExitCode exit) const {
  if (!waiting_ || !outbox) return exit;
  const auto listed = outbox->list(output_.json());
  return listed ? exit : fail(ExitCode::Other, listed.error(), output_);
}

}  // namespace sesame::cli
