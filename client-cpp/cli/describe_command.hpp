#pragma once

namespace CLI {
class App;
}

namespace sesame::cli {

/// `sesame describe-commands`: the commands and their options as JSON, out of which completions and
/// man pages are made (the shape is that of src/cli/describe/command-tree.ts). Not in --help.
class DescribeCommand {
 public:
  /// Adds the command to the program's.
  explicit DescribeCommand(CLI::App& program);

  [[nodiscard]] bool is_chosen() const;
  void run() const;

 private:
  CLI::App& program_;
  CLI::App* command_;
};

}  // namespace sesame::cli
