#pragma once

#include <string>

namespace CLI {
class Validator;
}

namespace sesame::cli {

// What CLI11 calls for the value of an option: gives what is wrong with it, or nothing.

std::string check_rate(const std::string& text);
std::string check_server(const std::string& text);
std::string check_port(const std::string& text);
std::string check_address(const std::string& text);
/// What can stand on a line by itself.
std::string check_word(const std::string& text);
/// A path as servers of version 4 take it; a slash at its end is nothing. What has this check names
/// nothing on this machine (`is_remote`).
extern const CLI::Validator check_remote_folder;

}  // namespace sesame::cli
