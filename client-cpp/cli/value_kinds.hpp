#pragma once

#include <string>
#include <vector>

namespace CLI {
class Option;
class Validator;
}  // namespace CLI

namespace sesame::cli {

/// Takes one of these words and no other; completions and man pages know them, too.
/// @param what the option's value in the message: "'x' is no <what>; there are: …"
CLI::Validator one_of(std::vector<std::string> words, const std::string& what);

/// The words of `one_of`, if the option has that; else none.
[[nodiscard]] std::vector<std::string> words_of(CLI::Option& option);

/// The name of a check by which a value is on the server, and not on this machine.
inline constexpr auto remote_check = "remote";

/// Whether the option has such a check.
[[nodiscard]] bool is_remote(CLI::Option& option);

}  // namespace sesame::cli
