#include "cli/pattern_options.hpp"

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/usage_error.hpp"

namespace sesame::cli {

void PatternOptions::add_to(CLI::App& command) {
  command_ = &command;
  exclude_ = command.add_option("--exclude", excludes_, "Leave out what matches")
                 ->option_text("GLOB ...")
                 ->allow_extra_args(false);
  include_ = command.add_option("--include", includes_, "Do not leave out what matches")
                 ->option_text("GLOB ...")
                 ->allow_extra_args(false);
}

Result<transfer::PathFilter> PatternOptions::filter(const std::string& command) const {
  transfer::PathFilter filter;
  std::size_t exclude = 0;
  std::size_t include = 0;
  // The order between the two options counts, which their lists do not tell.
  for (const CLI::Option* const option : command_->parse_order()) {
    using Verdict = transfer::PathFilter::Verdict;
    Status added;
    if (option == exclude_) added = filter.add(Verdict::Exclude, excludes_.at(exclude++));
    if (option == include_) added = filter.add(Verdict::Include, includes_.at(include++));
    if (!added) return usage_error(command, added.error().message);
  }
  return filter;
}

}  // namespace sesame::cli
