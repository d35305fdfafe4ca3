#pragma once

#include <string>
#include <vector>

#include "transfer/path_filter.hpp"

namespace CLI {
class App;
class Option;
}  // namespace CLI

namespace sesame::cli {

/// --exclude and --include.
class PatternOptions {
 public:
  void add_to(CLI::App& command);

  /// Once the command line is read. `command` is the one whose help says what a pattern is. Fails
  /// with Malformed.
  Result<transfer::PathFilter> filter(const std::string& command) const;

 private:
  CLI::App* command_ = nullptr;
  CLI::Option* exclude_ = nullptr;
  CLI::Option* include_ = nullptr;
  std::vector<std::string> excludes_;
  std::vector<std::string> includes_;
};

}  // namespace sesame::cli
