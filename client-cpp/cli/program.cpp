#include "cli/program.hpp"

#include <cstdio>
#include <filesystem>
#include <iostream>
#include <optional>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>
#include <poll.h>
#include <unistd.h>

#include "cli/decrypt_command.hpp"
#include "cli/describe_command.hpp"
#include "cli/enroll_command.hpp"
#include "cli/exit_code.hpp"
#include "cli/get_command.hpp"
#include "cli/knock_command.hpp"
#include "cli/ls_command.hpp"
#include "cli/put_command.hpp"
#include "cli/send_command.hpp"
#include "cli/status_command.hpp"
#include "cli/verify_command.hpp"
#include "cli/watch_command.hpp"

namespace sesame::cli {
namespace {

constexpr auto program_footer =
    R"(Without a command, and beside a transfer.info, sesame does what 'sesame send' does.

Begin with a join line from whoever runs the server:
  sesame enroll 'sesame://HOST:PORT/#TOKEN.PIN'
  sesame put report.pdf
  sesame verify report.pdf

'sesame COMMAND --help' says more. Without an enrolment:
  printf '127.0.0.1:1357\nalice\nreport.pdf\n' > transfer.info
  sesame)";

/// Runs the one of some commands that the user chose, if it is among them.
template <typename... Commands>
std::optional<int> run_chosen(const Commands&... commands) {
  std::optional<int> exit;
  (void)((commands.is_chosen() && (exit = static_cast<int>(commands.run()), true)) || ...);
  return exit;
}

/// Whoever read our output has enough of it: `sesame ls | head`.
bool reader_has_left() {
  pollfd out{STDOUT_FILENO, 0, 0};
  return ::poll(&out, 1, 0) == 1 && (out.revents & POLLERR) != 0;
}

/// A list or a report that is cut off, as on a full disk, is no success.
int checked_output(int exit) {
  const bool flushed = std::fflush(stdout) == 0;
  if ((flushed && std::ferror(stdout) == 0) || exit != static_cast<int>(ExitCode::Done))
    return exit;
  if (!reader_has_left()) std::cerr << "sesame: not all of the output could be written\n";
  return static_cast<int>(ExitCode::Other);
}

int run_command(int argc, char** argv) {
  CLI::App app("Sends files to a Sesame server, and knows that they arrived.", "sesame");
  app.set_version_flag("--version", "sesame " SESAME_VERSION);
  app.footer(program_footer);
  app.require_subcommand(0, 1);
  const EnrollCommand enroll(app);
  const PutCommand put(app);
  const WatchCommand watch(app);
  const LsCommand ls(app);
  const GetCommand get(app);
  const VerifyCommand verify(app);
  const StatusCommand status(app);
  const KnockCommand knock(app);
  const SendCommand send(app);
  const DecryptCommand decrypt(app);
  const DescribeCommand describe(app);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& fault) {
    const bool wanted = fault.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    app.exit(fault, std::cout, std::cerr);
    return static_cast<int>(wanted ? ExitCode::Done : ExitCode::Usage);
  }

  if (describe.is_chosen()) {
    describe.run();
    return static_cast<int>(ExitCode::Done);
  }
  if (const auto exit = run_chosen(enroll, put, watch, ls, get, verify, status, knock, decrypt))
    return *exit;
  if (send.is_chosen() || std::filesystem::exists(SendCommand::default_transfer_info)) {
    return static_cast<int>(send.run());
  }
  std::cerr << app.help();
  return static_cast<int>(ExitCode::Usage);
}

}  // namespace

int run_program(int argc, char** argv) {
  return checked_output(run_command(argc, argv));
}

}  // namespace sesame::cli
