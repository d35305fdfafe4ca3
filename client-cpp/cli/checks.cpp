#include "cli/checks.hpp"

#include <CLI/App.hpp>

#include "base/display.hpp"
#include "base/host_port.hpp"
#include "cli/units.hpp"
#include "cli/value_kinds.hpp"
#include "net/ip_address.hpp"
#include "protocol/v4/path.hpp"

namespace sesame::cli {
namespace {

constexpr std::size_t longest_word = 64;

std::string remote_folder_fault(const std::string& text) {
  const std::string path = text.ends_with('/') ? text.substr(0, text.size() - 1) : text;
  if (protocol::v4::is_path(path)) return "";
  return "'" + escaped(text) +
         "' is no path on a server: names with / between them, none of them '.' or '..', and no / "
         "at the beginning (example: logs/2026)";
}

}  // namespace

const CLI::Validator check_remote_folder(remote_folder_fault, "", remote_check);

std::string check_rate(const std::string& text) {
  return parse_rate(text) ? "" : "'" + escaped(text) + "' is no rate; examples: 500K, 10M, 1.5G";
}

std::string check_server(const std::string& text) {
  const auto server = HostPort::parse(text);
  return server ? "" : server.error().message;
}

std::string check_port(const std::string& text) {
  return parse_port(text) ? "" : "a port is a number from 1 to 65535";
}

std::string check_address(const std::string& text) {
  const auto address = net::IpAddress::parse(text);
  if (address && !address->is_unspecified()) return "";
  return "'" + escaped(text) + "' is no address; examples: 192.0.2.7, 2001:db8::7";
}

std::string check_word(const std::string& text) {
  const bool fits = !text.empty() && text.size() <= longest_word && escaped(text) == text;
  return fits ? "" : "a word has 1 to 64 characters, and no line end";
}

}  // namespace sesame::cli
