#include "cli/send_command.hpp"

#include <cstdio>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "base/display.hpp"
#include "cli/checks.hpp"
#include "cli/human_reporter.hpp"
#include "cli/json_reporter.hpp"
#include "cli/put_session.hpp"
#include "cli/send_v4.hpp"
#include "cli/tee_reporter.hpp"
#include "cli/units.hpp"
#include "cli/value_kinds.hpp"
#include "net/interrupt.hpp"

namespace sesame::cli {
namespace {

constexpr auto send_footer =
    R"(transfer.info is a text file: line 1 HOST:PORT, line 2 the client name, every
further line one file.

Over protocol 4 (docs/PROTOCOL.md) the server is known by its pin and the client by the key
that 'sesame enroll' made; every file brings a signed receipt. It is what is spoken with the
server that this client is enrolled with. With any other it is protocol 3, and me.info, who
this client is, is kept beside transfer.info: protect it.

Example:
  printf '127.0.0.1:1357\nalice\nreport.pdf\n' > transfer.info
  sesame send

Exit codes: 0 every file acknowledged, 1 other, 2 usage, 3 transfer.info not found,
5 network fault after all retries, 6 refused by the server, 7 me.info or the enrolment is of
another client, or the server is another, 23 some files failed, 130 and 143 ended by a signal.)";

std::vector<std::string> crc_names() {
  std::vector<std::string> names;
  for (const auto variant : crypto::crc_variants)
    names.emplace_back(to_string(variant));
  return names;
}

/// What would be sent, without a word to the server.
ExitCode dry_run(const transfer::SendOptions& options, bool json) {
  bool all_ready = true;
  for (const std::string& name : options.files) {
    const auto job = transfer::prepare_file(options.folder, name);
    all_ready = all_ready && job;
    if (json) {
      JsonReporter().would_send(name, job);
    } else if (job) {
      const std::string size = human_size(static_cast<double>(job.value().source.size()));
      std::printf("would send %s (%s)\n", escaped(name).c_str(), size.c_str());
    } else {
      std::fprintf(stderr, "✗ %s: %s\n", escaped(name).c_str(), job.error().message.c_str());
    }
  }
  return all_ready ? ExitCode::Done : ExitCode::SomeFailed;
}

}  // namespace

SendCommand::SendCommand(CLI::App& program)
    : command_(program.add_subcommand("send", "Send the files that a transfer.info lists")) {
  command_->footer(send_footer);
  command_->add_option("transfer_info", transfer_info_, "What to send, and where")
      ->option_text("TRANSFER_INFO (./transfer.info)");
  command_
      ->add_option("-C,--directory", directory_,
                   "Relative files of the list are in DIR, not beside transfer.info")
      ->option_text("DIR");
  command_->add_option("--server", server_, "Connect there, whatever line 1 says")
      ->option_text("HOST:PORT")
      ->check(check_server);
  command_->add_option("--port", port_, "Connect to this port, whatever line 1 says")
      ->option_text("N")
      ->check(check_port);
  auto* v4 = command_->add_flag("-4", v4_only_, "Use IPv4 alone");
  command_->add_flag("-6", v6_only_, "Use IPv6 alone")->excludes(v4);
  command_->add_option("--protocol", protocol_, "The protocol to speak: 3 or 4")
      ->option_text("N")
      ->check(one_of({"3", "4"}, "protocol"));
  command_->add_flag("-n,--dry-run", dry_run_, "Show what would be sent, and send nothing");
  command_->add_option("--bwlimit", bwlimit_, "Send no more bytes a second (K, M, G)")
      ->option_text("RATE")
      ->check(check_rate);
  command_->add_option("--timeout", timeout_seconds_, "How long to wait for the server")
      ->option_text("SECONDS (60)")
      ->check(CLI::Range(0.1, 1e6));
  command_->add_option("--retries", retries_, "How often a network fault is tried again")
      ->option_text("N (10)")
      ->check(CLI::Range(0, 1'000'000));
  command_->add_option("--crc", crc_, "The CRC that the server gives")
      ->option_text("VARIANT (zlib-ciphertext)")
      ->check(one_of(crc_names(), "CRC variant"));
  command_->add_flag("--per-request", per_request_, "Make a new connection for each request");
  config_.add_to(*command_);
  output_.add_to(*command_);
  output_.add_progress_to(*command_);
}

bool SendCommand::is_chosen() const {
  return command_->parsed();
}

bool SendCommand::wants_v4(const HostPort& server, const transfer::EnrolmentStore& store) const {
  if (!protocol_.empty()) return protocol_ == "4";
  const auto profile = store.profile();
  return profile && profile->has_value() && (*profile)->server == server;
}

transfer::SendOptions SendCommand::options_for(config::TransferInfo info) const {
  transfer::SendOptions options;
  options.link.server = server_.empty() ? info.server : *HostPort::parse(server_);
  if (!port_.empty()) options.link.server.port = *parse_port(port_);
  options.link.family = v4_only_ ? net::Family::V4 : v6_only_ ? net::Family::V6 : net::Family::Any;
  options.link.timeout =
      std::chrono::duration_cast<net::Duration>(std::chrono::duration<double>(timeout_seconds_));
  options.link.connection_per_request = per_request_;
  options.link.bytes_per_second = parse_rate(bwlimit_);
  options.client_name = std::move(info.client_name);
  options.files = std::move(info.files);
  options.folder = directory_.empty() ? transfer_info_.parent_path() : directory_;
  options.me_info = transfer_info_.parent_path() / "me.info";
  options.crc = crypto::parse_crc_variant(crc_).value();
  options.retries = retries_;
  return options;
}

ExitCode SendCommand::run() const {
  auto info = config::load_transfer_info(transfer_info_);
  if (!info) {
    const bool missing = info.error().code == ErrorCode::NotFound;
    const char* const advice = "; name the file, or write one: see 'sesame send --help'";
    return fail({info.error().code, info.error().message + (missing ? advice : "")}, output_);
  }
  const HostPort server = info->server;
  auto options = options_for(*std::move(info));

  const auto places = config_.places();
  if (!places && protocol_ == "4") return fail(places.error(), output_);
  if (places) {
    const transfer::EnrolmentStore store(places->config);
    if (wants_v4(server, store)) return send_v4(options, dry_run_, store, *places, output_);
  }
  return dry_run_ ? dry_run(options, output_.json()) : send_v3(std::move(options));
}

ExitCode SendCommand::send_v3(transfer::SendOptions options) const {
  JsonReporter json;
  HumanReporter human(output_.verbosity(), output_.shows_progress());
  TeeReporter both(human, json);
  transfer::Reporter& reporter = output_.json() ? static_cast<transfer::Reporter&>(both) : human;

  net::Interrupt::install();
  transfer::SendRun run(std::move(options), reporter);
  const auto summary = run.run();
  const ExitCode exit = exit_code(summary);
  if (output_.json()) {
    json.summary(summary, exit);
  } else {
    human.summary(summary);
  }
  return exit;
}

}  // namespace sesame::cli
