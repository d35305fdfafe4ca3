#pragma once

#include <memory>
#include <string>

#include "cli/common_options.hpp"
#include "cli/exit_code.hpp"
#include "cli/knock_options.hpp"
#include "cli/recover_command.hpp"

namespace CLI {
class App;
}

namespace sesame::cli {

/// `sesame knock open`, `close`, and `recover`, which has a class of its own.
class KnockCommand {
 public:
  /// Adds the command to the program's.
  explicit KnockCommand(CLI::App& program);

  [[nodiscard]] bool is_chosen() const;
  [[nodiscard]] ExitCode run() const;

 private:
  /// Where to knock, and as who.
  struct Door {
    HostPort server;  // its port is the knock port
    transfer::v4::Knocking knocking;
  };

  CLI::App* add(const char* name, const char* description, const char* footer);
  Result<Door> door() const;
  /// For words, which need no key.
  Result<Door> door_for_word(const config::Places& places) const;
  Result<std::vector<net::Address>> addresses(const Door& door) const;
  /// Knocks once; tells what it did.
  Status knock(const Door& door, const net::Address& server) const;
  Status say(const net::Address& server) const;
  [[nodiscard]] bool closes() const;

  CLI::App* command_;
  CLI::App* open_;
  CLI::App* close_;
  RecoverCommand recover_;

  std::string word_;
  bool over_tcp_ = false;
  ConfigOption config_;
  ConnectionOptions connection_;
  KnockOptions manner_;
  OutputOptions output_;
};

}  // namespace sesame::cli
