#include "cli/value_kinds.hpp"

#include <algorithm>
#include <iterator>
#include <sstream>

#include <CLI/App.hpp>

#include "base/display.hpp"

namespace sesame::cli {
namespace {

/// By its name CLI11 finds a check again.
constexpr auto word_check = "word";

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words)
    text += (text.empty() ? "" : " ") + word;
  return text;
}

/// CLI11 tells by throwing whether an option has a check.
const CLI::Validator* find_check(CLI::Option& option, const char* name) {
  try {
    return option.get_validator(name);
  } catch (const CLI::OptionNotFound&) {
    return nullptr;
  }
}

}  // namespace

CLI::Validator one_of(std::vector<std::string> words, const std::string& what) {
  const std::string known = joined(words);
  const auto fault = [words = std::move(words), what, known](const std::string& text) {
    if (std::ranges::find(words, text) != words.end()) return std::string();
    return "'" + escaped(text) + "' is no " + what + "; there are: " + known;
  };
  return {fault, known, word_check};
}

std::vector<std::string> words_of(CLI::Option& option) {
  const CLI::Validator* const check = find_check(option, word_check);
  if (check == nullptr) return {};
  std::istringstream known(check->get_description());
  return {std::istream_iterator<std::string>(known), {}};
}

bool is_remote(CLI::Option& option) {
  return find_check(option, remote_check) != nullptr;
}

}  // namespace sesame::cli
