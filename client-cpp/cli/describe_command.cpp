#include "cli/describe_command.hpp"

#include <string_view>

#include <CLI/App.hpp>
#include <CLI/Config.hpp>
#include <CLI/Formatter.hpp>

#include "cli/json_line.hpp"
#include "cli/value_kinds.hpp"

namespace sesame::cli {
namespace {

/// What stands for a value in --help: "N (10)" is N, of which 10 is the default.
struct Placeholder {
  std::string value;
  Json preset;

  explicit Placeholder(const std::string& text)
      : value(text.substr(0, text.find(" ("))), preset(nullptr) {
    if (value.size() < text.size()) {
      preset = text.substr(value.size() + 2, text.size() - value.size() - 3);
    }
    constexpr std::string_view more = " ...";
    if (value.ends_with(more)) value.resize(value.size() - more.size());
  }
};

bool repeats(const CLI::Option& option) {
  return option.get_items_expected_max() > 1;
}

Json argument(CLI::Option& option) {
  const Placeholder placeholder(option.get_option_text());
  return {{"value", placeholder.value},          {"preset", placeholder.preset},
          {"summary", option.get_description()}, {"words", words_of(option)},
          {"remote", is_remote(option)},         {"required", option.get_required()},
          {"repeats", repeats(option)}};
}

Json names(const CLI::Option& option) {
  Json all = Json::array();
  for (const std::string& name : option.get_snames())
    all.push_back("-" + name);
  for (const std::string& name : option.get_lnames())
    all.push_back("--" + name);
  return all;
}

Json option_json(CLI::Option& option) {
  Json described = argument(option);
  described["names"] = names(option);
  // CLI11 knows flags by it that they take nothing.
  if (option.get_items_expected_max() == 0) described["value"] = nullptr;
  return described;
}

bool is_shown(const CLI::App* command) {
  return !command->get_group().empty();
}

Json command_json(CLI::App& command) {
  Json described{{"name", command.get_name()},      {"summary", command.get_description()},
                 {"details", command.get_footer()}, {"arguments", Json::array()},
                 {"options", Json::array()},        {"commands", Json::array()}};
  for (CLI::Option* const option : command.get_options()) {
    if (option->get_group().empty()) continue;
    if (option->get_positional()) {
      described["arguments"].push_back(argument(*option));
    } else {
      described["options"].push_back(option_json(*option));
    }
  }
  for (CLI::App* const inner : command.get_subcommands(is_shown))
    described["commands"].push_back(command_json(*inner));
  return described;
}

}  // namespace

DescribeCommand::DescribeCommand(CLI::App& program)
    : program_(program),
      command_(program.add_subcommand("describe-commands", "The commands and options as JSON")) {
  command_->group("");
}

bool DescribeCommand::is_chosen() const {
  return command_->parsed();
}

void DescribeCommand::run() const {
  print_json({{"version", SESAME_VERSION}, {"program", command_json(program_)}});
}

}  // namespace sesame::cli
