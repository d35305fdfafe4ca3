#include "cli/program.hpp"

#include <filesystem>
#include <iostream>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/decrypt_command.hpp"
#include "cli/exit_code.hpp"
#include "cli/send_command.hpp"

namespace sesame::cli {
namespace {

constexpr auto help_footer =
    R"(Without a command, and beside a transfer.info, sesame does what 'sesame send' does.

Example:
  printf '127.0.0.1:1357\nalice\nreport.pdf\n' > transfer.info
  sesame)";

}  // namespace

int run_program(int argc, char** argv) {
  CLI::App app("Sends files to a Sesame server, and knows that they arrived.", "sesame");
  app.set_version_flag("--version", "sesame " SESAME_VERSION);
  app.footer(help_footer);
  app.require_subcommand(0, 1);
  const SendCommand send(app);
  const DecryptCommand decrypt(app);

  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& fault) {
    const bool wanted = fault.get_exit_code() == static_cast<int>(CLI::ExitCodes::Success);
    app.exit(fault, std::cout, std::cerr);
    return static_cast<int>(wanted ? ExitCode::Done : ExitCode::Usage);
  }

  if (decrypt.is_chosen()) return static_cast<int>(decrypt.run());
  if (send.is_chosen() || std::filesystem::exists(SendCommand::default_transfer_info)) {
    return static_cast<int>(send.run());
  }
  std::cerr << app.help();
  return static_cast<int>(ExitCode::Usage);
}

}  // namespace sesame::cli
