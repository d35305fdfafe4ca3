#include "cli/recover_command.hpp"

#include <algorithm>
#include <cstdio>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <unistd.h>

#include "base/display.hpp"
#include "cli/checks.hpp"
#include "cli/json_line.hpp"
#include "cli/put_session.hpp"
#include "cli/read_line.hpp"
#include "cli/secret_prompt.hpp"
#include "net/interrupt.hpp"

namespace sesame::cli {
namespace {

constexpr std::size_t pin_digits = 8;
constexpr std::size_t longest_pin_line = 256;

constexpr auto recover_footer =
    R"(The guard of a server blocks an address for a while when too much goes wrong there. The
recovery PIN frees the address that sends it: eight digits, which the server printed when it
was started first, or whoever runs it with 'sesamed guard pin'. It works once.

Asks for the PIN on the terminal; where stdin is none, reads it from there. It goes over TLS to
the server that this client is enrolled with, and to no other.

Other ways: the page that a browser shows while it is blocked (the server's console) has a
field for the PIN; on the server, 'sesamed guard unblock ADDRESS' needs none.

Examples:
  sesame knock recover
  sesame knock recover < pin.txt

Exit codes: 0 free again, 1 other, 2 usage, 3 nothing is blocked, or not enrolled, 5 the server
does not answer, or wants a pause first, 6 the PIN is wrong, 7 the server is not the one it
should be, 130 and 143 ended by a signal.)";

ExitCode exit_for(int status) {
  switch (status) {
    case 200: return ExitCode::Done;
    case 401: return ExitCode::Refused;
    case 404: return ExitCode::NotFound;
    default: return ExitCode::NetworkFault;  // 429: worth trying again
  }
}

}  // namespace

Result<SecretText> parse_recovery_pin(const SecretText& line) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t' || c == '\r' || c == '\n'; };
  const auto first = std::find_if_not(line.begin(), line.end(), is_space);
  const auto last = std::find_if_not(line.rbegin(), line.rend(), is_space).base();
  SecretText pin(first, std::max(first, last));
  const bool digits = std::ranges::all_of(pin, [](char c) { return c >= '0' && c <= '9'; });
  if (pin.size() == pin_digits && digits) return pin;
  return Error{ErrorCode::Malformed, "a recovery PIN is eight digits; nothing was sent"};
}

RecoverCommand::RecoverCommand(CLI::App& knock)
    : command_(knock.add_subcommand("recover", "Free this address, which the server has blocked")) {
  command_->footer(recover_footer);
  connection_.add_place_to(*command_);
  command_->add_option("--knock-port", port_, "Where the server waits for knocks")
      ->option_text("N (as it said, or 6257)")
      ->check(check_port);
  config_.add_to(*command_);
  output_.add_to(*command_);
}

bool RecoverCommand::is_chosen() const {
  return command_->parsed();
}

Result<SecretText> RecoverCommand::pin() const {
  const auto line = ::isatty(STDIN_FILENO) == 1 ? ask_for_secret("recovery PIN: ", longest_pin_line)
                                                : read_line(STDIN_FILENO, longest_pin_line);
  if (!line) return line.error();
  return parse_recovery_pin(*line);
}

ExitCode RecoverCommand::report(const transfer::v4::RecoveryAnswer& answer) const {
  const ExitCode exit = exit_for(answer.status);
  if (output_.json()) {
    print_json({{"event", "recover"},
                {"status", answer.status},
                {"answer", answer.text},
                {"exit", static_cast<int>(exit)}});
  } else {
    std::printf("%s\n", escaped(answer.text).c_str());
  }
  return exit;
}

ExitCode RecoverCommand::run() const {
  const auto places = config_.places();
  if (!places) return fail(places.error(), output_);
  const auto enrolment = transfer::EnrolmentStore(places->config).load();
  if (!enrolment) return fail(enrolment.error(), output_);
  const auto& profile = enrolment->profile;
  const auto kept = knock_keys(*places).find(profile);
  std::uint16_t port = transfer::v4::default_knock_port;
  if (kept && kept->has_value() && (*kept)->port != 0) port = (*kept)->port;
  if (!port_.empty()) port = *parse_port(port_);

  net::Interrupt::install();
  const auto digits = pin();
  if (!digits) return fail(digits.error(), output_);
  const HostPort server{connection_.server().value_or(profile.server).host, port};
  const auto answer = transfer::v4::recover(server, enrolment->server_pin(), connection_.family(),
                                            connection_.timeout(), *digits);
  if (answer) return report(*answer);
  Error error = answer.error();
  if (is_network_fault(error.code)) {
    error.message +=
        ". The PIN may not have got there. Other ways: the page that a browser shows while it is "
        "blocked, or 'sesamed guard unblock ADDRESS' on the server";
  }
  return fail(error, output_);
}

}  // namespace sesame::cli
